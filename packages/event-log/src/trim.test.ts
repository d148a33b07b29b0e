import type { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { TestRedis } from '../../../tests/support/test-redis.ts';
import { publishNotices } from './fixtures/events.ts';
import { storedFactSeqs } from './fixtures/log-reader.ts';
import { Publisher } from './publish.ts';
import { readAfter } from './read.ts';
import { trimFacts, writeOffset } from './trim.ts';

let server: TestRedis;
let redis: Redis;
let publisher: Publisher;

beforeAll(async () => {
  server = await TestRedis.start();
  redis = await server.connect('commands');
  publisher = new Publisher(redis, server.keys);
});
afterAll(() => server.close());
beforeEach(async () => {
  await redis.flushall();
  await publishNotices(publisher, 20);
});

const trim = (keep: number, hardCap = 1000) => trimFacts(redis, server.keys, { keep, hardCap });
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, n) => from + n);
const stored = () => storedFactSeqs(redis, server.keys);

describe('trimming', () => {
  it('stops at the slowest projection', async () => {
    await writeOffset(redis, server.keys, 'history', 15);
    await writeOffset(redis, server.keys, 'stats', 7);
    expect(await trim(0)).toEqual({ deleted: 7, forced: false });
    expect(await stored()).toEqual(range(8, 20));
    expect(await trim(0)).toEqual({ deleted: 0, forced: false });
    await writeOffset(redis, server.keys, 'stats', 16);
    expect(await trim(0)).toEqual({ deleted: 8, forced: false });
    expect(await stored()).toEqual(range(16, 20));
  });

  it('keeps what clients may come back for', async () => {
    await writeOffset(redis, server.keys, 'history', 20);
    expect(await trim(12)).toEqual({ deleted: 8, forced: false });
    expect(await stored()).toEqual(range(9, 20));
    expect(await trim(12)).toEqual({ deleted: 0, forced: false });
    expect(await trim(100)).toEqual({ deleted: 0, forced: false });
  });

  it('deletes nothing while no projection has said how far it is', async () => {
    expect(await trim(5)).toEqual({ deleted: 0, forced: false });
    expect(await stored()).toEqual(range(1, 20));
  });

  it('passes a projection at the hard cap only, no further than that, and says so', async () => {
    await writeOffset(redis, server.keys, 'history', 3);
    expect(await trim(0, 18)).toEqual({ deleted: 3, forced: false });
    expect(await trim(0, 17)).toEqual({ deleted: 0, forced: false });
    expect(await trim(0, 15)).toEqual({ deleted: 2, forced: true });
    expect(await stored()).toEqual(range(6, 20));
  });

  it('tells readers up to where facts may be gone', async () => {
    await writeOffset(redis, server.keys, 'history', 20);
    await trim(10);
    const page = await readAfter(redis, server.keys, 10);
    expect(page.trimmed).toBe(10);
    expect(page.events.map((event) => event.seq)).toEqual(range(11, 20));
  });

  it('goes slice by slice', async () => {
    await writeOffset(redis, server.keys, 'history', 1_000_000);
    const fill = redis.pipeline();
    for (let seq = 21; seq <= 4500; seq++) fill.xadd(server.keys.facts, `${seq}-0`, 'envelope', '{}');
    await fill.exec();
    const deleted: number[] = [];
    for (let one = await trim(100); one.deleted > 0; one = await trim(100)) deleted.push(one.deleted);
    expect(deleted).toEqual([2000, 2000, 400]);
    expect(await stored()).toEqual(range(4401, 4500));
  });
});
