import type { Counts } from '@hermes/contracts';
import type { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { TestRedis } from '../../../tests/support/test-redis.ts';
import { readCounts } from './read.ts';
import { replaceCounts } from './replace-counts.ts';

const NONE: Counts = { queued: 0, downloading: 0, processing: 0, paused: 0, completed: 0, failed: 0, cancelled: 0 };

let redis: TestRedis;
let commands: Redis;
beforeAll(async () => {
  redis = await TestRedis.start();
  commands = await redis.connect('commands');
});
afterAll(() => redis.close());

it('replaces what was read, and nothing that has changed since', async () => {
  const wanted = { ...NONE, queued: 3, completed: 12 };
  expect(await replaceCounts(commands, redis.keys, NONE, wanted)).toBe(true);
  expect(await readCounts(commands, redis.keys)).toEqual(wanted);

  await commands.hincrby(redis.keys.counts, 'queued', 1);
  expect(await replaceCounts(commands, redis.keys, wanted, NONE)).toBe(false);
  expect(await readCounts(commands, redis.keys)).toEqual({ ...wanted, queued: 4 });
});

it('takes a count below zero, which a loss can leave behind, for the zero that is read', async () => {
  await commands.hset(redis.keys.counts, { queued: -2, completed: 0 });
  expect(await replaceCounts(commands, redis.keys, NONE, { ...NONE, failed: 1 })).toBe(true);
  expect(await readCounts(commands, redis.keys)).toEqual({ ...NONE, failed: 1 });
});
