import type { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { TestRedis } from '../../../tests/support/test-redis.ts';
import { ensureEpoch, type SeenPosition } from './epoch.ts';

let server: TestRedis;
let redis: Redis;

beforeAll(async () => {
  server = await TestRedis.start();
  redis = await server.connect('commands');
});
afterAll(() => server.close());
beforeEach(() => redis.flushall());

const ensure = (seen: SeenPosition | null) => ensureEpoch(redis, server.keys, seen);

/** As if Redis had been started anew on what it holds now: the runs noted so far were others. */
async function pretendRestart(): Promise<void> {
  const runs = await redis.hget(server.keys.boot, 'runs');
  await redis.hset(server.keys.boot, 'runs', (runs ?? '').replaceAll(/(\w+)@/g, 'old$1@'));
}

/** The log as someone else left it. */
async function logStandsAt(seq: number): Promise<void> {
  await redis.set(server.keys.seq, seq);
}

/** A verified position whose run has since become an old one. */
async function seenBeforeRestart(seq: number): Promise<SeenPosition> {
  await logStandsAt(seq);
  const { epoch, runId } = await ensure(null);
  await pretendRestart();
  return { epoch, seq, runId: runId.replace(/^/, 'old') };
}

describe('ensureEpoch', () => {
  it('gives an epoch to a log that has none, once', async () => {
    const first = await ensure(null);
    expect(first).toMatchObject({ epoch: expect.stringMatching(/^[0-9a-f]{12}$/), seq: 0, epochSeq: 0 });
    expect(await ensure(null)).toEqual(first);
    expect(await ensure(first)).toEqual(first);
  });

  it('names the run of Redis', async () => {
    const info = await redis.info('server');
    const { runId } = await ensure(null);
    expect(info).toContain(`run_id:${runId.replace('@0', '')}`);
  });

  it('leaves the epoch alone whatever another epoch is said to have reached', async () => {
    await logStandsAt(5);
    const { epoch } = await ensure(null);
    expect((await ensure({ epoch: 'other', seq: 1000, runId: '' })).epoch).toBe(epoch);
  });

  it('renews it in the same run if the sequence is behind what was seen', async () => {
    await logStandsAt(10);
    const seen = await ensure(null);
    await logStandsAt(7);
    const now = await ensure(seen);
    expect(now.epoch).not.toBe(seen.epoch);
    expect(now).toMatchObject({ seq: 7, epochSeq: 7 });
  });

  it('is compare-and-set: of many that find the same only one renews', async () => {
    await logStandsAt(10);
    const seen = await ensure(null);
    await logStandsAt(7);
    const found = await Promise.all(Array.from({ length: 10 }, () => ensure(seen)));
    expect(new Set(found.map((one) => one.epoch)).size).toBe(1);
  });

  it('goes on after a restart that lost nothing, also when others have written since', async () => {
    const seen = await seenBeforeRestart(10);
    await ensure(null);
    await logStandsAt(15);
    expect((await ensure(seen)).epoch).toBe(seen.epoch);
  });

  it('finds out a log that was rolled back and written to again, past where it had been', async () => {
    const seen = await seenBeforeRestart(10);
    await logStandsAt(8);
    await ensure({ ...seen, seq: 6 });
    await logStandsAt(15);
    const now = await ensure(seen);
    expect(now.epoch).not.toBe(seen.epoch);
    // Events 9 to 15 are of the new life, and whoever comes from the old one still has to be told them.
    expect(now).toMatchObject({ seq: 15, epochSeq: 8 });
  });

  it('finds it out also when Redis has restarted once more since', async () => {
    const seen = await seenBeforeRestart(10);
    await logStandsAt(8);
    await ensure(null);
    await logStandsAt(15);
    await pretendRestart();
    const older = { ...seen, runId: `old${seen.runId}` };
    await ensure(null);
    expect(await ensure(older)).toMatchObject({ epoch: expect.not.stringMatching(seen.epoch), epochSeq: 8 });
  });

  it('finds it out also when what came back is older than the run that was seen', async () => {
    const seen = await seenBeforeRestart(10);
    await redis.hset(server.keys.boot, 'runs', 'ancient@2');
    await logStandsAt(8);
    await ensure(null);
    await logStandsAt(15);
    expect(await ensure(seen)).toMatchObject({ epoch: expect.not.stringMatching(seen.epoch), epochSeq: 8 });
  });

  it('takes an unknown run for the present one', async () => {
    const seen = { ...(await seenBeforeRestart(10)), runId: '' };
    expect((await ensure(seen)).epoch).toBe(seen.epoch);
    await logStandsAt(9);
    expect((await ensure(seen)).epoch).not.toBe(seen.epoch);
  });

  it('remembers a bounded number of runs', async () => {
    for (let n = 0; n < 40; n++) {
      const runs = (await redis.hget(server.keys.boot, 'runs')) ?? '';
      await redis.hset(server.keys.boot, 'runs', runs.replace(/\w+@0$/, `run${n}@0`));
      await ensure(null);
    }
    const runs = (await redis.hget(server.keys.boot, 'runs'))?.split(' ');
    expect(runs).toHaveLength(16);
    expect(runs?.at(-1)).toBe((await ensure(null)).runId);
    expect(runs?.at(-2)).toBe('run39@0');
  });
});
