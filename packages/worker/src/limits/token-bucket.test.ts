import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SpeedLimits } from './speed-limits.ts';
import { TokenBucket } from './token-bucket.ts';

const never = new AbortController().signal;

describe('speed limits', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'performance', 'Date'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  /** Takes as fast as it may, in pieces as they come from a socket. */
  function greedy(pace: (bytes: number) => number | Promise<number>, piece = 64 * 1024) {
    const taker = { bytes: 0, ended: false };
    void (async () => {
      while (!taker.ended) taker.bytes += await pace(piece);
    })().catch(() => {});
    return taker;
  }

  async function seconds(count: number): Promise<void> {
    for (let n = 0; n < count * 20; n += 1) await vi.advanceTimersByTimeAsync(50);
  }

  it.each([1024, 100_000, 10_000_000, 200_000_000])(
    'lets %d bytes a second through, not more and not less',
    async (rate) => {
      const bucket = new TokenBucket(rate);
      const taker = greedy((bytes) => bucket.take(bytes, never));
      await seconds(10);
      taker.ended = true;
      expect(taker.bytes).toBeGreaterThan(rate * 9.7);
      // The first turn is free, and the last one on credit.
      expect(taker.bytes).toBeLessThan(rate * 10.3 + 2048);
    },
  );

  it('gives each of those who take all they can the same, whatever their pieces', async () => {
    const bucket = new TokenBucket(1_000_000);
    const takers = [64, 64, 200].map((kib) => greedy((bytes) => bucket.take(bytes, never), kib * 1024));
    await seconds(10);
    for (const taker of takers) taker.ended = true;
    for (const { bytes } of takers) expect(bytes).toBeCloseTo(10_000_000 / 3, -6);
    expect(Math.max(...takers.map(({ bytes }) => bytes)) - Math.min(...takers.map(({ bytes }) => bytes))).toBeLessThan(
      200_000,
    );
  });

  it('gives what a slow one leaves to the others', async () => {
    const bucket = new TokenBucket(1_000_000);
    const slow = { bytes: 0 };
    const timer = setInterval(
      () => void Promise.resolve(bucket.take(10_000, never)).then((n) => (slow.bytes += n)),
      100,
    );
    const taker = greedy((bytes) => bucket.take(bytes, never));
    await seconds(10);
    clearInterval(timer);
    taker.ended = true;
    expect(slow.bytes).toBeGreaterThan(900_000);
    expect(taker.bytes).toBeGreaterThan(8_700_000);
  });

  it('sets no timer while nobody waits, and saves up next to nothing', async () => {
    const bucket = new TokenBucket(1_000_000);
    await seconds(60);
    expect(vi.getTimerCount()).toBe(0);
    const taker = greedy((bytes) => bucket.take(bytes, never));
    await seconds(1);
    taker.ended = true;
    expect(taker.bytes).toBeLessThan(1_300_000);
  });

  it('does not mind a wall clock that is set', async () => {
    const bucket = new TokenBucket(100_000);
    const taker = greedy((bytes) => bucket.take(bytes, never));
    await seconds(2);
    vi.setSystemTime(Date.now() + 86_400_000);
    await seconds(2);
    vi.setSystemTime(Date.now() - 2 * 86_400_000);
    await seconds(2);
    taker.ended = true;
    expect(taker.bytes).toBeGreaterThan(570_000);
    expect(taker.bytes).toBeLessThan(630_000);
  });

  it('who gives up costs the others nothing', async () => {
    const bucket = new TokenBucket(10_000);
    await bucket.take(100_000, never);
    const leaving = new AbortController();
    const waiting = [1, 2, 3].map(() => bucket.take(1_000_000, leaving.signal));
    const stays = Promise.resolve(bucket.take(1000, never));
    leaving.abort(new Error('enough'));
    for (const one of waiting) await expect(one).rejects.toThrow('enough');
    await expect(Promise.resolve(bucket.take(1, leaving.signal))).rejects.toThrow('enough');
    const took = vi.fn();
    void stays.then(took);
    await seconds(0.2);
    expect(took).toHaveBeenCalledWith(1000);
  });

  it('keeps both: that of each, and that of all', async () => {
    const limits = new SpeedLimits({ total: 250_000, each: 100_000 });
    const one = greedy(limits.paceOf(never));
    await seconds(4);
    expect(one.bytes).toBeGreaterThan(380_000);
    expect(one.bytes).toBeLessThan(420_000);
    const others = [1, 2, 3].map(() => greedy(limits.paceOf(never)));
    const before = one.bytes;
    await seconds(4);
    const total = one.bytes - before + others.reduce((sum, { bytes }) => sum + bytes, 0);
    expect(total).toBeGreaterThan(960_000);
    expect(total).toBeLessThan(1_040_000);
    for (const other of others) expect(other.bytes).toBeGreaterThan(200_000);
    for (const taker of [one, ...others]) taker.ended = true;
  });

  it('of none costs nothing', () => {
    expect(new SpeedLimits({ total: null, each: null }).paceOf(never)(123)).toBe(123);
  });
});
