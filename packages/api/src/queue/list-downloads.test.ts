import {
  createDownloadResponseSchema,
  type ListDownloadsResponse,
  listDownloadsResponseSchema,
  type Problem,
} from '@hermes/contracts';
import { Publisher } from '@hermes/event-log';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { TestRedis } from '../../../../tests/support/test-redis.ts';
import { eventually } from '../testing/eventually.ts';
import { startTestApi, type TestApi } from '../testing/test-api.ts';

const URL_OF_FILE = 'https://files.example.com/a.bin';
let redis: TestRedis;
let publisher: Publisher;
let api: TestApi;

beforeAll(async () => {
  redis = await TestRedis.start();
  publisher = new Publisher(await redis.connect('commands'), redis.keys);
  api = await startTestApi(redis.url);
});

afterAll(async () => {
  await api.close();
  await redis.close();
});

async function create(body: object = {}): Promise<string> {
  const answer = await api.call('POST', '/download', { body: { url: URL_OF_FILE, ...body } });
  return createDownloadResponseSchema.parse(answer.json()).download_id;
}

async function list(query = ''): Promise<ListDownloadsResponse> {
  return listDownloadsResponseSchema.parse((await api.call('GET', `/download/queue${query}`)).json());
}

async function complete(id: string): Promise<void> {
  const claim = await publisher.claimAttempt(id, { started_at: new Date().toISOString() });
  await publisher.publishStatus(id, claim.attempt, 'completed', {
    progress: 100,
    completed_at: new Date().toISOString(),
  });
}

describe('GET /download/queue', () => {
  beforeEach(async () => {
    await Promise.all(
      (await list('?limit=100')).items.map((item) => api.call('POST', `/download/${item.download_id}/cancel`)),
    );
  });

  it('pages through what is open, oldest first, and skips nothing when an item leaves', async () => {
    const ids: string[] = [];
    for (let i = 0; i < 5; i++) ids.push(await create());
    const first = await list('?limit=2');
    expect(first.items.map((item) => item.download_id)).toEqual(ids.slice(0, 2));
    expect(first.total).toBe(5);
    expect(first.counts.queued).toBe(5);
    await api.call('POST', `/download/${ids[0]}/cancel`);
    const second = await list(`?limit=2&cursor=${first.next_cursor}`);
    expect(second.items.map((item) => item.download_id)).toEqual(ids.slice(2, 4));
    const third = await list(`?limit=2&cursor=${second.next_cursor}`);
    expect(third.items.map((item) => item.download_id)).toEqual(ids.slice(4));
    expect(third.next_cursor).toBeNull();
  });

  it('shows each of 500 that stay exactly once, whatever becomes of the others meanwhile', async () => {
    const urls = Array.from({ length: 500 }, (_, n) => `https://files.example.com/${n}`);
    const batch = await api.call('POST', '/download/batch', { body: { urls } });
    const ids: string[] = batch.json().items.map((item: { download_id: string }) => item.download_id);
    // Every fifth stays as it is; of the others some end, leave, wait, begin, or go to another place in every moment.
    const stays = ids.filter((_, n) => n % 5 === 0);
    const others = ids.filter((_, n) => n % 5 !== 0);
    const disturb = (id: string, n: number): Promise<unknown> => {
      if (n % 5 === 0) return complete(id);
      if (n % 5 === 1) return api.call('DELETE', `/download/${id}`);
      if (n % 5 === 2) return api.call('POST', `/download/${id}/pause`);
      return api.call('PATCH', `/download/${id}`, { body: { priority: n % 2 === 0 ? 90 : 10 } });
    };
    const seen: string[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      // From the front and from the back: before the reader and behind it.
      const some = [...others.splice(0, 8), ...others.splice(-8)];
      const disturbing = Promise.all(some.map(disturb));
      const page = await list(`?limit=20${cursor === '' ? '' : `&cursor=${cursor}`}`);
      await disturbing;
      seen.push(...page.items.map((item) => item.download_id));
      cursor = page.next_cursor;
    }
    expect(seen.filter((id) => stays.includes(id))).toEqual(stays);
    await api.call('POST', '/download/bulk', { body: { action: 'cancel', ids } });
  });

  it('finds an open status', async () => {
    const [waiting, running] = [await create(), await create()];
    await publisher.claimAttempt(running, {});
    expect((await list('?status=downloading')).items.map((item) => item.download_id)).toEqual([running]);
    const queued = await list('?status=queued&status=paused');
    expect(queued.items.map((item) => item.download_id)).toEqual([waiting]);
    expect(queued.total).toBe(1);
  });

  it('pages through what has ended, newest first', async () => {
    const ids: string[] = [];
    for (let i = 0; i < 3; i++) {
      const id = await create();
      await complete(id);
      ids.unshift(id);
    }
    await eventually(async () => expect((await list('?status=completed&limit=1')).items[0]?.download_id).toBe(ids[0]));
    const first = await list('?status=completed&limit=2');
    const second = await list(`?status=completed&limit=2&cursor=${first.next_cursor}`);
    expect([...first.items, ...second.items].slice(0, 3).map((item) => item.download_id)).toEqual(ids);
    expect(first.total).toBe(first.counts.completed);
    expect((await list('?view=history&limit=1')).items[0]?.download_id).toBe(ids[0]);
  });

  it('mixes what runs, with its live progress, and what has ended', async () => {
    const id = await create();
    const { attempt } = await publisher.claimAttempt(id, { total_bytes: 1000 });
    await publisher.publishProgress(attempt, {
      download_id: id,
      status: 'downloading',
      progress: 42,
      downloaded_bytes: 420,
      total_bytes: 1000,
      download_speed: 7,
      eta: 3,
    });
    await eventually(async () => {
      const { items } = await list('?status=downloading,completed');
      expect(items[0]).toMatchObject({ download_id: id, status: 'downloading', progress: 42 });
      expect(items.length).toBeGreaterThan(1);
    });
  });

  it.each(['?limit=0', '?limit=101', '?status=done', '?cursor=nonsense', '?cursor=WzFd', '?sort=asc'])(
    'refuses %s',
    async (query) => {
      const answer = await api.call('GET', `/download/queue${query}`);
      expect(answer.statusCode).toBe(400);
      expect(answer.json<Problem>().invalid_params).toHaveLength(1);
    },
  );
});
