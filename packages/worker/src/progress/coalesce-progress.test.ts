import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type MeasuredProgress, ProgressCoalescer } from './coalesce-progress.ts';

const ON_A_TICK = Date.UTC(2026, 0, 1);

describe('ProgressCoalescer', () => {
  let published: (MeasuredProgress & { at: number })[];
  let startedAt: number;
  let away: boolean;
  /** Downloads, here and elsewhere. */
  let running: number | null;
  let coalescer: ProgressCoalescer;

  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance', 'Date'], now: ON_A_TICK });
    // At the tick itself.
    vi.spyOn(Math, 'random').mockReturnValue(0);
    published = [];
    startedAt = performance.now();
    away = false;
    running = null;
  });
  afterEach(async () => {
    const stopped = coalescer.stop();
    await vi.advanceTimersByTimeAsync(1000);
    await stopped;
    vi.useRealTimers();
    vi.restoreAllMocks();
  });

  function start(intervalMs = 250, totalBytes: number | null = 1_000_000, publish?: () => Promise<void>): void {
    coalescer = new ProgressCoalescer({
      intervalMs,
      start: { downloadedBytes: 0, totalBytes },
      publish: async (progress) => {
        if (away) throw new Error('away');
        published.push({ ...progress, at: performance.now() - startedAt });
        await publish?.();
        return running;
      },
    });
  }

  /** `bytes` every `everyMs`, for `ms`. */
  async function flow(bytes: number, everyMs: number, ms: number, total: number | null = 1_000_000, from = 0) {
    let downloadedBytes = from;
    for (let at = 0; at < ms; at += everyMs) {
      await vi.advanceTimersByTimeAsync(everyMs);
      downloadedBytes += bytes;
      coalescer.update({ downloadedBytes, totalBytes: total });
      await vi.advanceTimersByTimeAsync(0);
    }
    return downloadedBytes;
  }

  it('tells at most once per interval while less than 1 % passes', async () => {
    start(250, 1_000_000_000);
    await flow(1000, 5, 1000, 1_000_000_000);
    expect(published.map(({ at }) => at)).toEqual([250, 500, 750, 1000]);
  });

  it.each([0, 30, 100, 220])('tells at the ticks of the clock, though it began %i ms after one', async (late) => {
    await vi.advanceTimersByTimeAsync(late);
    start(250, 1_000_000_000);
    await flow(1000, 5, 1000, 1_000_000_000);
    const ticks = published.map(({ at }) => at % 250);
    // Not one so soon after the beginning that there is little to tell.
    expect(ticks).toEqual(late === 220 ? [0, 0, 0] : [0, 0, 0, 0]);
  });

  it('keeps telling when the clock is set, and at the ticks of the new time', async () => {
    start(250, 1_000_000_000);
    await flow(1000, 5, 500, 1_000_000_000);
    vi.setSystemTime(ON_A_TICK - 3_600_000 + 100);
    const setAt = performance.now() - startedAt;
    await flow(1000, 5, 1000, 1_000_000_000, 100_000);
    const since = published.map(({ at }) => at - setAt).filter((at) => at > 0);
    expect(since.slice(-3).map((at) => (100 + at) % 250)).toEqual([0, 0, 0]);
    expect(Math.max(...since.map((at, i) => at - (since[i - 1] ?? 0)))).toBeLessThanOrEqual(500);
  });

  it('tells earlier by steps of 1 %, but never more often than every 50 ms', async () => {
    start();
    await flow(10_000, 100, 300);
    expect(published.map(({ at, progress }) => [at, progress])).toEqual([
      [100, 1],
      [200, 2],
      [300, 3],
    ]);
    published = [];
    await flow(50_000, 5, 100, 1_000_000_000, 30_000);
    const gaps = published.map(({ at }, i) => at - (published[i - 1]?.at ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(50);
  });

  it('tells the newest, and only growing numbers', async () => {
    start();
    const last = await flow(777, 5, 2000);
    await vi.advanceTimersByTimeAsync(250);
    const bytes = published.map((progress) => progress.downloaded_bytes);
    expect(bytes).toEqual(bytes.toSorted((a, b) => a - b));
    expect(bytes.at(-1)).toBe(last);
  });

  it('tells ahead of the tick, at a place of its own, where many others do', async () => {
    running = 1000;
    for (const place of [0, 0.25, 0.9]) {
      vi.mocked(Math.random).mockReturnValue(place);
      start(250, 1_000_000_000);
      await flow(1000, 5, 1000, 1_000_000_000);
      // The first did not know yet how many there are.
      const aheads = published.slice(1).map(({ at }) => (250 - (at % 250)) % 250);
      expect(aheads).toEqual(aheads.map(() => place * 100));
      expect(aheads.length).toBeGreaterThanOrEqual(3);
      await coalescer.stop();
      published = [];
    }
  });

  it('never has two calls under way', async () => {
    let underWay = 0;
    let most = 0;
    start(100, 1_000_000, async () => {
      underWay += 1;
      most = Math.max(most, underWay);
      await new Promise((done) => setTimeout(done, 400));
      underWay -= 1;
    });
    await flow(20_000, 10, 1000);
    expect(most).toBe(1);
    expect(published.length).toBe(3);
  });

  it('keeps the newest while Redis is away, and tells it when it is back', async () => {
    start();
    await flow(1000, 10, 500);
    away = true;
    const before = published.length;
    const last = await flow(1000, 10, 3000, 1_000_000, 50_000);
    expect(published).toHaveLength(before);
    away = false;
    await vi.advanceTimersByTimeAsync(250);
    expect(published.slice(before).map((progress) => progress.downloaded_bytes)).toEqual([last]);
  });

  it('tells the same once a second while nothing comes, its speed sinking', async () => {
    start();
    await flow(10_000, 100, 1000);
    await vi.advanceTimersByTimeAsync(250);
    published = [];
    await vi.advanceTimersByTimeAsync(5000);
    expect(published).toHaveLength(5);
    const speeds = published.map((progress) => progress.download_speed ?? 0);
    expect(speeds).toEqual(speeds.toSorted((a, b) => b - a));
    expect(speeds.at(-1)).toBeLessThan((speeds[0] ?? 0) / 2);
  });

  it('measures a steady speed, and the time that is left', async () => {
    start(250, 1_000_000);
    await flow(10_000, 100, 5000);
    const last = published.at(-1);
    expect(last?.download_speed).toBeGreaterThan(95_000);
    expect(last?.download_speed).toBeLessThan(105_000);
    expect(last?.eta).toBeGreaterThanOrEqual(5);
    expect(last?.eta).toBeLessThanOrEqual(6);
  });

  it('says null where it does not know', async () => {
    start(250, null);
    await flow(1000, 100, 300, null);
    expect(published[0]).toMatchObject({ progress: null, total_bytes: null, eta: null });
  });

  it('says 100 only when all of it is there', async () => {
    start();
    coalescer.update({ downloadedBytes: 999_999, totalBytes: 1_000_000 });
    await vi.advanceTimersByTimeAsync(250);
    expect(published.at(-1)?.progress).toBe(99.99);
    coalescer.update({ downloadedBytes: 1_000_000, totalBytes: 1_000_000 });
    await vi.advanceTimersByTimeAsync(250);
    expect(published.at(-1)?.progress).toBe(100);
  });

  it('measures anew after the engine began again from zero', async () => {
    start();
    await flow(10_000, 100, 1000);
    await vi.advanceTimersByTimeAsync(250);
    coalescer.update({ downloadedBytes: 0, totalBytes: 1_000_000 });
    await vi.advanceTimersByTimeAsync(100);
    expect(published.at(-1)).toMatchObject({ downloaded_bytes: 0, download_speed: null, eta: null });
  });

  it('is silent once stopped, and waits for what is under way', async () => {
    let finished = false;
    start(100, 1_000_000, async () => {
      await new Promise((done) => setTimeout(done, 100));
      finished = true;
    });
    coalescer.update({ downloadedBytes: 1, totalBytes: 1_000_000 });
    await vi.advanceTimersByTimeAsync(110);
    const stopped = coalescer.stop();
    await vi.advanceTimersByTimeAsync(100);
    await stopped;
    expect(finished).toBe(true);
    coalescer.update({ downloadedBytes: 2, totalBytes: 1_000_000 });
    await vi.advanceTimersByTimeAsync(5000);
    expect(published).toHaveLength(1);
  });

  it('takes the fraction that an engine knows for the bar, and reckons the rest by it', async () => {
    start(250, null);
    for (let n = 1; n <= 10; n += 1) {
      await vi.advanceTimersByTimeAsync(100);
      coalescer.update({ downloadedBytes: n * 1000, totalBytes: null, fraction: n / 40, stage: 'video' });
    }
    await vi.advanceTimersByTimeAsync(250);
    expect(published.at(-1)).toMatchObject({
      progress: 25,
      total_bytes: null,
      stage: 'video',
      downloaded_bytes: 10_000,
    });
    const { eta, download_speed } = published.at(-1) ?? {};
    expect(eta).toBe(Math.ceil(30_000 / (download_speed ?? Number.NaN)));
    // Every byte is there, and the work is not done.
    coalescer.update({ downloadedBytes: 40_000, totalBytes: 40_000, fraction: 0.99, stage: 'merging' });
    await vi.advanceTimersByTimeAsync(250);
    expect(published.at(-1)).toMatchObject({ progress: 99, stage: 'merging' });
    coalescer.update({ downloadedBytes: 40_000, totalBytes: null, fraction: null });
    await vi.advanceTimersByTimeAsync(250);
    expect(published.at(-1)).toMatchObject({ progress: null, eta: null });
  });
});
