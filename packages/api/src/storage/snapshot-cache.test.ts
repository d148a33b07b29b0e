import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger } from '@hermes/runtime';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { ScanFailure } from './scan-failure.ts';
import { SnapshotCache } from './snapshot-cache.ts';
import { type Snapshot, SnapshotFile } from './snapshot-file.ts';

const TTL = 60_000;
const WAIT = { timeout: 20_000, interval: 5 };

let directory: string;
let path: string;
let now: number;
let caches: SnapshotCache<number>[];
/** Scans begun, with what each was to go on from, and how to end them. */
let scans: {
  previous: Snapshot<number> | null;
  signal: AbortSignal;
  end(data: number): void;
  fail(error: Error): void;
}[];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hermes-cache-'));
  path = join(directory, 'number.json');
  now = Date.parse('2026-01-02T03:04:05Z');
  [caches, scans] = [[], []];
});
afterEach(async () => {
  for (const cache of caches) cache.close();
  await rm(directory, { recursive: true, force: true });
});

async function make(
  options: { firstWaitMs?: number; restMs?: number; at?: string } = {},
): Promise<SnapshotCache<number>> {
  const logger = createLogger('test', 'silent');
  const cache = new SnapshotCache<number>({
    scan: (previous, signal) =>
      new Promise((end, fail) => {
        scans.push({ previous, signal, end, fail });
      }),
    file: new SnapshotFile({ path: options.at ?? path, version: 1, schema: z.int(), logger }),
    ttlMs: TTL,
    restMs: options.restMs ?? 0,
    firstWaitMs: options.firstWaitMs ?? 20_000,
    logger,
    now: () => now,
  });
  caches.push(cache);
  await cache.load();
  return cache;
}

/** One that holds `data`, fresh. */
async function fresh(data: number): Promise<SnapshotCache<number>> {
  const cache = await make();
  const read = cache.read();
  scans.at(-1)?.end(data);
  await read;
  return cache;
}
const state = (cache: SnapshotCache<number>) => cache.diagnostics.state;
const untilIdle = (cache: SnapshotCache<number>) => vi.waitFor(() => expect(state(cache)).not.toBe('scanning'), WAIT);

describe('a snapshot cache', () => {
  it('has the first readers wait for one first scan', async () => {
    const cache = await make();
    expect(state(cache)).toBe('stale');
    const reads = Promise.all(Array.from({ length: 100 }, () => cache.read()));
    expect(state(cache)).toBe('scanning');
    scans[0]?.end(7);
    for (const { snapshot, isStale } of await reads) {
      expect([snapshot.data, snapshot.generatedAt, isStale]).toEqual([7, now, false]);
    }
    expect(scans).toHaveLength(1);
    expect(cache.diagnostics).toMatchObject({ state: 'fresh', scans: 1, joined: 99, failures: 0, staleServed: 0 });
  });

  it('answers 100 readers of a stale one at once, with one scan behind them all', async () => {
    const cache = await fresh(1);
    now += TTL;
    expect((await cache.read()).isStale).toBe(false);
    now += 1;
    expect(state(cache)).toBe('stale');
    const answers = await Promise.all(Array.from({ length: 100 }, () => cache.read()));
    expect(answers.map(({ snapshot, isStale }) => [snapshot.data, isStale])).toEqual(answers.map(() => [1, true]));
    expect(scans).toHaveLength(2);
    expect(scans[1]?.previous).toMatchObject({ data: 1 });
    expect(cache.diagnostics).toMatchObject({ state: 'scanning', scans: 2, joined: 99, staleServed: 100 });
    scans[1]?.end(2);
    await untilIdle(cache);
    expect(await cache.read()).toMatchObject({ snapshot: { data: 2, generatedAt: now }, isStale: false });
  });

  it('does not have a first reader wait for ever', async () => {
    const cache = await make({ firstWaitMs: 20 });
    await expect(cache.read()).rejects.toThrow('has not ended yet');
    scans[0]?.end(3);
    await untilIdle(cache);
    expect((await cache.read()).snapshot.data).toBe(3);
    expect(scans).toHaveLength(1);
  });

  it('keeps what it has when a scan fails, says so, and does not try again at once', async () => {
    const cache = await fresh(1);
    now += TTL + 1;
    await cache.read();
    scans[1]?.fail(new Error('broken'));
    await untilIdle(cache);
    expect(cache.diagnostics).toMatchObject({ state: 'failed', failures: 1, lastError: { message: 'broken' } });
    expect(await cache.read()).toMatchObject({ snapshot: { data: 1 }, isStale: true });
    expect(scans).toHaveLength(2);
    // A person may insist.
    cache.rescan();
    expect([scans.length, scans[2]?.previous]).toEqual([3, null]);
    scans[2]?.end(4);
    await untilIdle(cache);
    expect(cache.diagnostics).toMatchObject({ state: 'fresh', lastError: null, failures: 1 });
  });

  it('tries again by itself when it is asked later, ever more calmly', async () => {
    const clock = vi.spyOn(performance, 'now');
    const cache = await make();
    let at = 0;
    for (const backoff of [1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000]) {
      clock.mockReturnValue(at);
      const before = scans.length;
      const read = cache.read();
      expect(scans).toHaveLength(before + 1);
      scans.at(-1)?.fail(new Error('broken'));
      await expect(read).rejects.toMatchObject({ retryInMs: backoff, cause: { message: 'broken' } });
      clock.mockReturnValue(at + backoff - 1);
      await expect(cache.read()).rejects.toBeInstanceOf(ScanFailure);
      expect(scans).toHaveLength(before + 1);
      at += backoff;
    }
    clock.mockRestore();
  });

  it('joins a scan that runs when it is asked for another', async () => {
    const cache = await fresh(1);
    cache.rescan();
    cache.rescan();
    cache.rescan();
    expect(scans).toHaveLength(2);
    expect(cache.diagnostics).toMatchObject({ state: 'scanning', joined: 2 });
    // It is not out of date for that.
    expect(await cache.read()).toMatchObject({ snapshot: { data: 1 }, isStale: false });
  });

  it('is out of date when something has happened, also during a scan, and finds out by itself', async () => {
    const cache = await fresh(1);
    cache.invalidate();
    cache.invalidate();
    expect(cache.isStale).toBe(true);
    await vi.waitFor(() => expect(scans).toHaveLength(2), WAIT);
    cache.invalidate();
    scans[1]?.end(2);
    await untilIdle(cache);
    expect(await cache.read()).toMatchObject({ snapshot: { data: 2 }, isStale: true });
    await vi.waitFor(() => expect(scans).toHaveLength(3), WAIT);
    scans[2]?.end(3);
    await untilIdle(cache);
    expect(await cache.read()).toMatchObject({ snapshot: { data: 3 }, isStale: false });
  });

  it('leaves time between scans that begin by themselves', async () => {
    const cache = await make({ restMs: 2000 });
    const read = cache.read();
    scans[0]?.end(1);
    await read;
    const ended = performance.now();
    cache.invalidate();
    expect((await cache.read()).isStale).toBe(true);
    expect(scans).toHaveLength(1);
    await vi.waitFor(() => expect(scans).toHaveLength(2), WAIT);
    expect(performance.now() - ended).toBeGreaterThan(1900);
  });

  it('takes a clock that was set back for a reason to look again, and ends up right', async () => {
    const cache = await fresh(1);
    now -= 86_400_000;
    expect((await cache.read()).isStale).toBe(true);
    scans[1]?.end(2);
    await untilIdle(cache);
    expect(await cache.read()).toMatchObject({ snapshot: { data: 2, generatedAt: now }, isStale: false });
  });

  it('goes on after a restart from what was kept', async () => {
    (await fresh(5)).close();
    const next = await make();
    expect(state(next)).toBe('fresh');
    expect(await next.read()).toMatchObject({ snapshot: { data: 5 }, isStale: false });
    now += 10 * TTL;
    const later = await make();
    expect(await later.read()).toMatchObject({ snapshot: { data: 5 }, isStale: true });
    expect(scans[1]?.previous).toMatchObject({ data: 5 });
  });

  it('begins anew over a file that is broken', async () => {
    await writeFile(path, '{"version":1,"gener');
    expect((await (await fresh(6)).read()).snapshot.data).toBe(6);
    expect(scans[0]?.previous).toBeNull();
  });

  it('serves what it cannot keep', async () => {
    await writeFile(join(directory, 'occupied'), '');
    const cache = await make({ at: join(directory, 'occupied', 'number.json') });
    const read = cache.read();
    scans[0]?.end(8);
    expect((await read).snapshot.data).toBe(8);
    expect(state(cache)).toBe('fresh');
  });

  it('ends a scan when it is closed, and begins none', async () => {
    const cache = await fresh(1);
    cache.rescan();
    cache.close();
    expect(scans[1]?.signal.aborted).toBe(true);
    scans[1]?.end(2);
    await untilIdle(cache);
    expect((await cache.read()).snapshot.data).toBe(1);
    cache.rescan();
    expect(scans).toHaveLength(2);
  });
});
