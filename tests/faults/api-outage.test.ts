import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Download, FINAL_STATUSES, type FinalStatus, historyResponseSchema, statsSchema } from '@hermes/contracts';
import { Publisher } from '@hermes/event-log';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { startTestApi, type TestApi } from '../../packages/api/src/testing/test-api.ts';
import { makeNewDownload } from '../support/make-new-download.ts';
import { TestRedis } from '../support/test-redis.ts';

/** Four facts each: made, claimed, ended, and what the queue is told. */
const DOWNLOADS = 8000;
/** These failed, were wanted again, and ended once more. */
const RETRIED_EVERY = 20;
const BATCH = 500;

let redis: TestRedis;
let home: string;
const apis: TestApi[] = [];

beforeAll(async () => {
  redis = await TestRedis.start();
  home = await mkdtemp(join(tmpdir(), 'hermes-api-'));
});

afterAll(async () => {
  for (const api of apis) await api.stop();
  await redis.close();
  await rm(home, { recursive: true, force: true });
});

/** These leave the history, and stay in the statistics. */
const isRemoved = (number: number) => number % 50 === 3;
const statusOf = (number: number): FinalStatus => FINAL_STATUSES[number % FINAL_STATUSES.length] as FinalStatus;

async function live(publisher: Publisher, number: number): Promise<void> {
  const id = `d${number}`;
  const now = () => new Date().toISOString();
  await publisher.createDownload(makeNewDownload(id, { url: `https://host-${number % 7}.example/${id}` }));
  const end = async (status: FinalStatus) => {
    const { attempt } = await publisher.claimAttempt(id, { started_at: now() });
    const result = { path: id, size: number, sha256: 'a'.repeat(64), content_type: null, duration_ms: 10 };
    await publisher.publishStatus(id, attempt, status, {
      ...{ completed_at: now(), result: status === 'completed' ? result : null },
    });
  };
  if (number % RETRIED_EVERY === 0) {
    await end('failed');
    await publisher.retryDownload(id, {}, null);
  }
  await end(statusOf(number));
  if (isRemoved(number)) await publisher.removeDownload(id, null);
}

test('an hour without an API loses no row, and two that start at once double none', async () => {
  const publisher = new Publisher(await redis.connect('commands'), redis.keys);
  for (let at = 0; at < DOWNLOADS; at += BATCH) {
    await Promise.all(Array.from({ length: BATCH }, (_, index) => live(publisher, at + index)));
  }
  const facts = await (await redis.connect('commands')).xlen(redis.keys.facts);
  expect(facts).toBeGreaterThan(48_000);

  const [one, two] = await Promise.all([startTestApi(redis.url, { home }), startTestApi(redis.url, { home })]);
  apis.push(one, two);
  // The first is told more while it catches up.
  await Promise.all(Array.from({ length: 100 }, (_, index) => live(publisher, DOWNLOADS + index)));

  const numbers = Array.from({ length: DOWNLOADS + 100 }, (_, number) => number);
  const kept = numbers.filter((number) => !isRemoved(number));
  const completed = numbers.filter((number) => statusOf(number) === 'completed');
  for (const api of [one, two]) {
    await vi.waitFor(
      async () => {
        const { total } = historyResponseSchema.parse((await api.call('GET', '/history?limit=1')).json());
        expect(total).toBe(kept.length);
      },
      { timeout: 60_000, interval: 200 },
    );
    const stats = statsSchema.parse((await api.call('GET', '/stats?period=week')).json());
    expect(stats).toMatchObject({
      downloads: numbers.length,
      completed: completed.length,
      failed: numbers.filter((number) => statusOf(number) === 'failed').length,
      cancelled: numbers.filter((number) => statusOf(number) === 'cancelled').length,
      bytes: completed.reduce((sum, number) => sum + number, 0),
      average_duration_ms: 10,
    });
    const lines = (await api.call('GET', '/history/export?format=ndjson')).body.trim().split('\n');
    const rows = lines.map((line) => JSON.parse(line) as Download);
    expect(rows.map(({ download_id }) => download_id).sort()).toEqual(kept.map((number) => `d${number}`).sort());
    for (const { download_id, status } of rows) expect(status).toBe(statusOf(Number(download_id.slice(1))));
  }
  for (const api of apis) expect(api.log()).not.toContain('"level":50');
});
