import { EVENTS, PERIODS } from '@hermes/contracts';
import { Publisher, parseEnvelope, readLatestStates } from '@hermes/event-log';
import type { Redis } from 'ioredis';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { TestRedis } from '../../../../tests/support/test-redis.ts';
import { eventually } from '../testing/eventually.ts';
import { newDownload } from '../testing/facts.ts';
import { startTestApi, type TestApi } from '../testing/test-api.ts';

let redis: TestRedis;
let commands: Redis;
let publisher: Publisher;
let apis: TestApi[];
/** Every update as it is sent. */
let updates: { period: string; downloads: number }[];

beforeEach(async () => {
  redis = await TestRedis.start();
  commands = await redis.connect('commands');
  publisher = new Publisher(commands, redis.keys);
  apis = [];
  updates = [];
  const subscriber = await redis.connect('patient');
  subscriber.on('message', (_channel, text: string) => {
    const data = EVENTS.analytics_update.data.parse(JSON.parse(parseEnvelope(text)?.data ?? ''));
    updates.push({ period: data.period, downloads: data.downloads });
  });
  await subscriber.subscribe(redis.keys.channel('analytics_update'));
});

afterEach(async () => {
  for (const api of apis) await api.close();
  await redis.close();
});

async function create(id: string): Promise<void> {
  const { seq: _, status: _status, ...fresh } = newDownload(id, new Date().toISOString());
  await publisher.createDownload(fresh);
}

it('tells each period what it is now, batched, and is silent while nothing changes', async () => {
  const startedAt = performance.now();
  const api = await startTestApi(redis.url);
  apis.push(api);
  for (let at = 0; at < 200; at++) await create(`d${at}`);
  await eventually(() => {
    for (const period of PERIODS) expect(updates.findLast((update) => update.period === period)?.downloads).toBe(200);
  });
  // At most one a period in two seconds; how they lie apart when they arrive is the machine's affair.
  const ofDay = updates.filter(({ period }) => period === 'day');
  expect(ofDay.length).toBeLessThanOrEqual(1 + (performance.now() - startedAt) / 2000);
  const states = await readLatestStates(commands, redis.keys);
  expect(
    states
      .filter(({ event }) => event === 'analytics_update')
      .map(({ key }) => key)
      .sort(),
  ).toEqual([...PERIODS].sort());
  // A download that moves on changes no statistics until it ends.
  const count = updates.length;
  await publisher.claimAttempt('d0', { started_at: new Date().toISOString() });
  await publisher.publish('system_notification', { level: 'info', code: 'TEST', message: 'x' });
  await eventually(async () => {
    const answer = await api.call('GET', '/download/queue?status=downloading');
    expect(answer.json()).toMatchObject({ total: 1 });
  });
  await create('last');
  await eventually(() => {
    expect(updates.slice(count).map(({ downloads }) => downloads)).toEqual([201, 201, 201, 201]);
  });
});

it('is told by the API that folded, not by each', async () => {
  const one = await startTestApi(redis.url);
  const two = await startTestApi(redis.url, { home: one.home });
  apis.push(two, one);
  await create('a');
  await eventually(() => expect(updates.length).toBeGreaterThanOrEqual(4));
  // Another fact that changes nothing, folded by one of them: by then the other would have spoken.
  await publisher.claimAttempt('a', { started_at: new Date().toISOString() });
  await publisher.publishStatus('a', 'current', 'cancelled', { completed_at: new Date().toISOString() });
  await eventually(() => expect(updates.length).toBe(8));
});
