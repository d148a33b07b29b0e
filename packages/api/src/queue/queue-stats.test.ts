import { keyspace, type QueueStats } from '@hermes/contracts';
import { Publisher } from '@hermes/event-log';
import { createLogger } from '@hermes/runtime';
import type { Redis } from 'ioredis';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { TestRedis } from '../../../../tests/support/test-redis.ts';
import { newDownload } from '../testing/facts.ts';
import { QueueStatsPublisher } from './queue-stats.ts';

let redis: TestRedis;
let commands: Redis;
let publisher: Publisher;
let published: QueueStats[];
const running: QueueStatsPublisher[] = [];

beforeEach(async () => {
  redis = await TestRedis.start();
  commands = await redis.connect('commands');
  publisher = new Publisher(commands, redis.keys);
  published = [];
  const subscriber = await redis.connect('patient');
  subscriber.on('message', (_channel: string, text: string) => {
    published.push((JSON.parse(text) as { data: QueueStats }).data);
  });
  await subscriber.subscribe(keyspace('').channel('queue_stats'));
});

afterEach(async () => {
  for (const one of running.splice(0)) await one.close();
  await redis.close();
});

async function start(): Promise<void> {
  const subscriber = await redis.connect('patient');
  const own = await redis.connect('commands');
  const stats = new QueueStatsPublisher({
    redis: own,
    subscriber,
    keys: redis.keys,
    publisher: new Publisher(own, redis.keys),
    logger: createLogger('test', 'silent'),
  });
  running.push(stats);
  stats.start();
}

async function create(id: string): Promise<void> {
  const { seq: _, status: _status, attempt: _attempt, ...fresh } = newDownload(id, '2026-01-02T03:04:05.000Z');
  await publisher.createDownload(fresh);
}

async function progress(id: string, attempt: number, download_speed: number): Promise<void> {
  await publisher.publishProgress(attempt, {
    ...{ download_id: id, status: 'downloading', progress: 1, downloaded_bytes: 1, total_bytes: 100 },
    ...{ download_speed, eta: 9 },
  });
}

const newest = () => published.at(-1);

it('tells counts and speed, of several APIs once a second, and nothing while nothing changes', async () => {
  const begun = performance.now();
  await Promise.all([start(), start(), start()]);
  for (const id of ['a', 'b', 'c']) await create(id);
  await expect.poll(() => newest()?.counts.queued, { timeout: 5000 }).toBe(3);
  const { attempt } = await publisher.claimAttempt('a', {});
  const other = await publisher.claimAttempt('b', {});
  for (let i = 0; i < 30; i++) {
    await progress('a', attempt, 100);
    await progress('b', other.attempt, 50);
  }
  await expect
    .poll(newest, { timeout: 5000 })
    .toMatchObject({ counts: { queued: 1, downloading: 2 }, total_speed: 150 });
  await publisher.publishStatus('a', attempt, 'completed', {});
  await publisher.publishStatus('b', 'current', 'paused', {});
  await expect.poll(newest, { timeout: 5000 }).toMatchObject({ counts: { paused: 1, completed: 1 }, total_speed: 0 });
  expect(published.length).toBeLessThanOrEqual((performance.now() - begun) / 1000 + 2);
  const before = published.length;
  const { seq } = redis.keys;
  const position = await commands.get(seq);
  await new Promise((done) => setTimeout(done, 2500));
  expect([published.length, await commands.get(seq)]).toEqual([before, position]);
}, 30_000);

it('does not find its own lease in the way when it looks again a second later', async () => {
  await start();
  await create('a');
  await expect.poll(() => commands.pttl(redis.keys.queueStatsLease), { interval: 5, timeout: 5000 }).toBeGreaterThan(0);
  expect(await commands.pttl(redis.keys.queueStatsLease)).toBeLessThanOrEqual(900);
}, 30_000);

it('does not mind what anyone publishes on the channel', async () => {
  await start();
  await create('a');
  await expect.poll(() => newest()?.counts.queued, { timeout: 5000 }).toBe(1);
  const leading =
    '{"seq":9,"event":"download_progress","key":"a","status":"downloading","previous_status":null,"data":{';
  await commands.publish(redis.keys.channel('download_progress'), `${leading}nonsense}}`);
  await create('b');
  await expect.poll(() => newest()?.counts.queued, { timeout: 5000 }).toBe(2);
});

it('a worker that is gone without a word has no speed', async () => {
  await start();
  await create('a');
  const { attempt } = await publisher.claimAttempt('a', {});
  await progress('a', attempt, 100);
  await expect.poll(() => newest()?.total_speed, { timeout: 5000 }).toBe(100);
  await expect.poll(() => newest()?.total_speed, { timeout: 15_000 }).toBe(0);
}, 30_000);
