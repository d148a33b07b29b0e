import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Problem, systemNotificationSchema } from '@hermes/contracts';
import { Publisher, readAfter } from '@hermes/event-log';
import type { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TestRedis } from '../../../../tests/support/test-redis.ts';
import { oldestQuery, pruneHistory } from '../history/prune-history.ts';
import { foldDownloads } from '../projections/fold-downloads.ts';
import { readStats } from '../stats/read-stats.ts';
import { eventually } from '../testing/eventually.ts';
import { endedDownload, newDownload, statusFact } from '../testing/facts.ts';
import { planOf } from '../testing/plan-of.ts';
import { startTestApi, type TestApi } from '../testing/test-api.ts';
import { toRow } from './download-rows.ts';
import { type Database, openDatabase } from './open-database.ts';

const MIB = 1024 * 1024;
const DAY_MS = 86_400_000;
let redis: TestRedis;
let commands: Redis;
let api: TestApi | null;
let database: Database | null;

beforeEach(async () => {
  redis = await TestRedis.start();
  commands = await redis.connect('commands');
  api = null;
  database = null;
});

afterEach(async () => {
  await database?.destroy();
  await api?.close();
  await redis.close();
});

const daysAgo = (days: number) => new Date(Date.now() - days * DAY_MS).toISOString();

async function start(env: Record<string, string> = {}, home?: string): Promise<TestApi> {
  api = await startTestApi(redis.url, { env, ...(home === undefined ? {} : { home }) });
  return api;
}

async function open({ home }: TestApi): Promise<Database> {
  database = await openDatabase(join(home, 'hermes.db'), 512 * MIB);
  return database;
}

const sizeOf = async (path: string) => (await stat(path).catch(() => null))?.size ?? 0;

/** Facts as they would have come, in order. */
async function fold(on: Database, downloads: ReturnType<typeof newDownload>[]): Promise<void> {
  const facts = downloads.map((download, at) => statusFact({ ...download, seq: at + 1 }, 'downloading'));
  await on.transaction().execute((transaction) => foldDownloads(transaction, facts, 'old'));
}

describe('history that is too old', () => {
  it('goes at the start if it is asked for; statistics stay, and a log that tells it again brings nothing back', async () => {
    const first = await start();
    const before = await open(first);
    const downloads = [
      ...Array.from({ length: 1200 }, (_, at) => endedDownload(`old-${at}`, daysAgo(31))),
      endedDownload('young', daysAgo(29)),
      newDownload('open', daysAgo(90)),
    ];
    await fold(before, downloads);
    await first.stop();
    expect((await before.selectFrom('downloads').select('download_id').execute()).length).toBe(1202);

    const { log } = await start({ HERMES_HISTORY_RETENTION_DAYS: '30' }, first.home);
    await eventually(async () => {
      const rows = await before.selectFrom('downloads').select('download_id').orderBy('download_id').execute();
      expect(rows).toEqual([{ download_id: 'open' }, { download_id: 'young' }]);
    });
    await eventually(() => expect(log()).toContain('"pruned":1200'));
    await fold(before, downloads);
    expect(await before.selectFrom('downloads').select('download_id').execute()).toHaveLength(2);
    expect(await readStats(before, 'year', new Date())).toMatchObject({ completed: 1201, downloads: 1202 });
  });

  it('is found by an index, and stays if nothing is asked', async () => {
    const one = await start();
    const on = await open(one);
    await fold(on, [endedDownload('old', daysAgo(10_000))]);
    expect((await planOf(on, oldestQuery(on, daysAgo(1)))).join()).toMatch(/INDEX downloads_history \(ended_at<\?\)/);
    expect(await pruneHistory(on, daysAgo(10_001))).toBe(0);
    expect(await on.selectFrom('downloads').select('download_id').execute()).toHaveLength(1);
  });

  it('is forgotten to be removed when the log can no longer tell of it', async () => {
    const first = await start();
    const on = await open(first);
    await fold(on, [endedDownload('a', daysAgo(2)), endedDownload('b', daysAgo(2))]);
    await pruneHistory(on, daysAgo(1));
    await first.stop();
    await commands.set(redis.keys.trimmed, '1');
    await start({}, first.home);
    await eventually(async () => {
      expect(await on.selectFrom('removed_downloads').select('download_id').execute()).toEqual([{ download_id: 'b' }]);
    });
  });
});

describe('the log of writes beside the database', () => {
  it('is emptied when the API stops, also while another still runs', async () => {
    const one = await start();
    const on = await open(one);
    const wal = join(one.home, 'hermes.db-wal');
    await fold(
      on,
      Array.from({ length: 500 }, (_, at) => endedDownload(`d${at}`, daysAgo(1))),
    );
    expect(await sizeOf(wal)).toBeGreaterThan(0);
    await one.stop();
    expect(await sizeOf(wal)).toBe(0);
  });
});

describe('a database at its size limit', () => {
  it('refuses new downloads by name, tells everyone once, and takes them again when pruning made space', async () => {
    const first = await start();
    await first.stop();
    const limit = { HERMES_MAX_DATABASE_SIZE: String(2 * MIB) };
    const full = await start(limit, first.home);
    const on = await openDatabase(join(full.home, 'hermes.db'), 2 * MIB);
    database = on;
    // Old history up to the last page.
    let error: unknown = null;
    for (let at = 0; error === null && at < 5000; at++) {
      const row = toRow(
        endedDownload(`old-${at}`, daysAgo(40), { url: `https://example.com/${'x'.repeat(1500)}` }),
        'old',
      );
      await on
        .insertInto('downloads')
        .values(row)
        .execute()
        .catch((caught: unknown) => {
          error = caught;
        });
    }
    expect(error).toMatchObject({ code: 'SQLITE_FULL' });

    const body = { url: `https://example.com/${'y'.repeat(4000)}` };
    for (let again = 0; again < 3; again++) {
      const refused = await full.call('POST', '/download', { body });
      expect(refused.statusCode, refused.body).toBe(507);
      expect(refused.json<Problem>().code).toBe('DATABASE_FULL');
      expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    }
    // Nothing half-done: neither the queue nor the log knows of it.
    expect(await commands.zcard(redis.keys.openDownloads)).toBe(0);
    // Reading goes on.
    expect((await full.call('GET', '/history?limit=1')).json()).toMatchObject({ items: [{ status: 'completed' }] });
    const told = await eventually(async () => {
      const { events } = await readAfter(commands, redis.keys, 0);
      const notifications = events.filter(({ event }) => event === 'system_notification');
      expect(notifications.length).toBeGreaterThan(0);
      return notifications.map(({ data }) => systemNotificationSchema.parse(JSON.parse(data)));
    });
    expect(told).toEqual([expect.objectContaining({ level: 'error', code: 'DATABASE_FULL' })]);

    // Downloads that run go on, and what they tell waits in the log.
    const publisher = new Publisher(commands, redis.keys);
    const running = Array.from({ length: 30 }, (_, at) => `running-${at}`);
    for (const id of running) {
      const { seq: _, status: _status, ...fresh } = newDownload(id, new Date().toISOString(), { url: body.url });
      await publisher.createDownload(fresh);
      await publisher.publishStatus(id, 'current', 'cancelled', { completed_at: new Date().toISOString() });
    }
    await full.stop();

    const pruned = await start({ ...limit, HERMES_HISTORY_RETENTION_DAYS: '30' }, full.home);
    await eventually(async () => {
      const { items } = (await pruned.call('GET', '/history?limit=100')).json<{ items: { download_id: string }[] }>();
      expect(items.map(({ download_id }) => download_id).sort()).toEqual([...running].sort());
    });
    expect((await pruned.call('POST', '/download', { body })).statusCode).toBe(202);
    expect(await sizeOf(join(pruned.home, 'hermes.db'))).toBeLessThanOrEqual(2 * MIB);
  });
});
