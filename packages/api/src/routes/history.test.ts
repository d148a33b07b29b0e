import { request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { API_BASE, type Download, downloadSchema, historyResponseSchema, type Problem } from '@hermes/contracts';
import type { LogEvent } from '@hermes/event-log';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { TestRedis } from '../../../../tests/support/test-redis.ts';
import { toRow } from '../database/download-rows.ts';
import { type Database, openDatabase } from '../database/open-database.ts';
import { HistoryStore } from '../history/history-store.ts';
import { foldDownloads } from '../projections/fold-downloads.ts';
import { eventually } from '../testing/eventually.ts';
import { endedDownload, newDownload, removedFact, statusFact } from '../testing/facts.ts';
import { startTestApi, type TestApi } from '../testing/test-api.ts';

let redis: TestRedis;
let api: TestApi;
/** The API's own file, by another connection. */
let database: Database;

const MINUTE = 60_000;
const time = (minute: number) => new Date(Date.parse('2026-01-31T00:00:00Z') + minute * MINUTE).toISOString();

beforeAll(async () => {
  redis = await TestRedis.start();
  api = await startTestApi(redis.url);
  database = await openDatabase(`${api.home}/hermes.db`, 512 * 1024 * 1024);
  await write([
    endedDownload('a', time(1), { url: 'https://one.example/50%25_off.iso' }),
    endedDownload('b', time(2), { status: 'failed', url: 'https://two.example:8080/b' }),
    endedDownload('c', time(3), { status: 'cancelled', engine: 'yt-dlp', filename: 'Übung "1", two.mp4' }),
    endedDownload('d', time(3), { url: 'https://xn--bcher-kva.example/d' }),
    // As another worker may write it: the same moment as `b`.
    endedDownload('e', '2026-01-31T00:02:00Z', { filename: '=HYPERLINK("http://evil.example","x")' }),
    newDownload('open', time(4)),
  ]);
});

afterAll(async () => {
  await database.destroy();
  await api.close();
  await redis.close();
});

async function write(downloads: readonly Download[]): Promise<void> {
  await fold(downloads.map((download) => statusFact(download, 'downloading')));
}

async function fold(facts: readonly LogEvent[]): Promise<void> {
  await database.transaction().execute((transaction) => foldDownloads(transaction, facts, 'test'));
}

async function history(query = '') {
  const answer = await api.call('GET', `/history${query}`);
  expect(answer.statusCode, answer.body).toBe(200);
  return historyResponseSchema.parse(answer.json());
}

const idsOf = ({ items }: { items: Download[] }) => items.map(({ download_id }) => download_id).join('');

describe('GET /history', () => {
  it.each([
    ['', 'dceba'],
    ['?status=failed,cancelled', 'cb'],
    ['?status=completed,failed,cancelled', 'dceba'],
    ['?status=queued', ''],
    ['?engine=yt-dlp', 'c'],
    ['?engine=yt-dlp&status=failed', ''],
    ['?host=ONE.example', 'a'],
    ['?host=two.example', 'b'],
    ['?host=bücher.example', 'd'],
    ['?host=example', ''],
    ['?q=50%2525_', 'a'],
    ['?q=%25', 'a'],
    ['?q=_', 'a'],
    ['?q=%C3%9CBUNG', 'c'],
    ['?q=EXAMPLE/&status=completed', 'da'],
    ['?q=', 'dceba'],
    ['?from=2026-01-31T00:02:00Z', 'dceb'],
    ['?to=2026-01-31T00:02:00Z', 'a'],
    ['?from=2026-01-31T00:02:00Z&to=2026-01-31T00:02:00.001Z', 'eb'],
  ])('%s: newest first, and how many', async (query, ids) => {
    const answer = await history(query);
    expect(idsOf(answer)).toBe(ids);
    expect(answer).toMatchObject({ total: ids.length, next_cursor: null });
    // One at a time it is the same.
    let cursor: string | null = '';
    let paged = '';
    while (cursor !== null) {
      const page: Awaited<ReturnType<typeof history>> = await history(
        `${query === '' ? '?' : `${query}&`}limit=1${cursor === '' ? '' : `&cursor=${cursor}`}`,
      );
      expect(page.total).toBe(ids.length);
      paged += idsOf(page);
      cursor = page.next_cursor;
    }
    expect(paged).toBe(ids);
  });

  it.each([
    ['?from=yesterday', 'query.from'],
    ['?from=2026-02-30T00:00:00Z', 'query.from'],
    ['?from=2026-01-31T00:00:00Z&to=2026-01-30T00:00:00Z', 'query.to'],
    ['?status=done', 'query.status.0'],
    ['?host=one.example:80', 'query.host'],
    ['?host=one.example:81', 'query.host'],
    ['?host=http://one.example', 'query.host'],
    ['?host=a%20b', 'query.host'],
    ['?limit=101', 'query.limit'],
    ['?cursor=x', 'query.cursor'],
    ['?cursor=WyJhIl0', 'query.cursor'],
    ['?search=x', 'query.search'],
  ])('%s is refused by name', async (query, field) => {
    const answer = await api.call('GET', `/history${query}`);
    expect(answer.statusCode).toBe(400);
    expect(answer.json<Problem>().invalid_params?.map((param) => param.field)).toEqual([field]);
  });

  it('shows each once and misses none while rows move', async () => {
    await write(
      Array.from({ length: 9 }, (_, at) => endedDownload(`m${at}`, time(100 + at), { url: 'https://moving.example/' })),
    );
    const first = await history('?host=moving.example&limit=3');
    expect(first.items.map(({ download_id }) => download_id)).toEqual(['m8', 'm7', 'm6']);
    const [m5] = (await history('?host=moving.example')).items.filter(({ download_id }) => download_id === 'm5');
    if (m5 === undefined) throw new Error('m5 is missing');
    await fold([
      statusFact(endedDownload('m9', time(109), { url: 'https://moving.example/' }), 'downloading'),
      // One is begun again, one is gone.
      statusFact({ ...m5, seq: 5, status: 'queued', completed_at: null, result: null }, 'completed'),
      removedFact(6, 'm7', 'completed'),
    ]);
    const second = await history(`?host=moving.example&limit=3&cursor=${first.next_cursor}`);
    expect(second.items.map(({ download_id }) => download_id)).toEqual(['m4', 'm3', 'm2']);
    expect(second.total).toBe(8);
    const third = await history(`?host=moving.example&limit=3&cursor=${second.next_cursor}`);
    expect(third.items.map(({ download_id }) => download_id)).toEqual(['m1', 'm0']);
    expect(third.next_cursor).toBeNull();
  });
});

describe('GET /history/export', () => {
  const exported = (query: string) => api.call('GET', `/history/export?${query}`);

  it('json and ndjson are the downloads', async () => {
    const listed = (await history('?to=2026-01-31T00:10:00Z')).items;
    const json = await exported('format=json&to=2026-01-31T00:10:00Z');
    expect(json.headers['content-type']).toBe('application/json');
    expect(json.headers['content-disposition']).toMatch(/^attachment; filename="hermes-history-[\d-]{10}\.json"$/);
    expect(json.json()).toEqual(listed);
    const lines = (await exported('format=ndjson&to=2026-01-31T00:10:00Z')).body.split('\n');
    expect(lines.pop()).toBe('');
    expect(lines.map((line) => JSON.parse(line))).toEqual(listed);
    expect((await exported('format=json&host=nowhere.example')).json()).toEqual([]);
    expect((await exported('format=ndjson&host=nowhere.example')).body).toBe('');
  });

  it('csv is RFC 4180, and nothing in it is a formula', async () => {
    const { headers, body } = await exported('format=csv&to=2026-01-31T00:10:00Z');
    expect(headers['content-type']).toMatch(/^text\/csv/);
    const lines = body.split('\r\n');
    expect(lines).toHaveLength(7);
    expect(lines[0]).toMatch(/^download_id,status,url,filename,/);
    expect(lines.at(-1)).toBe('');
    expect(body).toContain('c,cancelled,https://files.example.com/c.bin,"Übung ""1"", two.mp4",yt-dlp,50,');
    expect(body).toContain(`,"'=HYPERLINK(""http://evil.example"",""x"")",`);
    expect(
      new Set(
        lines
          .slice(1, -1)
          .filter((line) => !line.includes('"'))
          .map((line) => line.split(',').length),
      ),
    ).toEqual(new Set([20]));
  });

  it.each([
    ['', 'query.format'],
    ['format=xml', 'query.format'],
    ['format=csv&limit=3', 'query.limit'],
  ])('%s is refused by name', async (query, field) => {
    const answer = await exported(query);
    expect(answer.statusCode).toBe(400);
    expect(answer.json<Problem>().invalid_params?.map((param) => param.field)).toEqual([field]);
  });

  describe('of a long history', () => {
    const COUNT = 6000;
    let port: number;
    let cookie: Record<string, string>;

    beforeAll(async () => {
      const rows = Array.from({ length: COUNT }, (_, at) =>
        toRow(
          endedDownload(`long-${at}`, time(10_000 + at), { url: `https://long.example/${'x'.repeat(2000)}` }),
          'test',
        ),
      );
      for (let at = 0; at < COUNT; at += 500)
        await database
          .insertInto('downloads')
          .values(rows.slice(at, at + 500))
          .execute();
      await api.app.listen({ host: '127.0.0.1', port: 0 });
      port = (api.app.server.address() as AddressInfo).port;
      cookie = { authorization: `Bearer ${api.adminKey}` };
    });

    it('reads no more than the client takes, and nothing once it has left', async () => {
      const page = vi.spyOn(HistoryStore.prototype, 'page');
      const path = `${API_BASE}/history/export?format=ndjson&host=long.example`;
      const client = request({ port, path, headers: cookie });
      client.end();
      const answer = await new Promise<import('node:http').IncomingMessage>((done) => client.once('response', done));
      answer.once('readable', () => answer.read(1));
      await eventually(() => expect(page.mock.calls.length).toBeGreaterThan(1));
      // The buffers of both sockets are full; the whole is 17 MB.
      const settled = async () => {
        let before = -1;
        while (before !== page.mock.calls.length) {
          before = page.mock.calls.length;
          await new Promise((done) => setTimeout(done, 300));
        }
        return before;
      };
      expect(await settled()).toBeLessThan(COUNT / 500);
      client.destroy();
      const afterwards = await settled();
      expect(afterwards).toBeLessThan(COUNT / 500);
      page.mockRestore();
      expect((await history('?host=long.example&limit=1')).total).toBe(COUNT);
    });

    it('comes whole', async () => {
      const answer = await fetch(`http://127.0.0.1:${port}${API_BASE}/history/export?format=json&host=long.example`, {
        headers: cookie,
      });
      const downloads = ((await answer.json()) as unknown[]).map((value) => downloadSchema.parse(value));
      expect(downloads.map(({ download_id }) => download_id)).toEqual(
        Array.from({ length: COUNT }, (_, at) => `long-${COUNT - 1 - at}`),
      );
    });
  });
});
