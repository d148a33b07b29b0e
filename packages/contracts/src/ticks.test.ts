import { describe, expect, it } from 'vitest';
import { untilTick } from './ticks.ts';

describe('untilTick', () => {
  it.each([
    [250, 0, 0],
    [250, 1, 249],
    [250, 249, 1],
    [250, 250, 0],
    [1000, Date.UTC(2026, 0, 1) + 400.5, 599.5],
  ])('with a tick every %i ms, at %f: %f', (intervalMs, at, wait) => {
    expect(untilTick(intervalMs, at)).toBe(wait);
  });

  it('meets the ticks of every rate that divides it', () => {
    for (let at = 0; at < 1000; at += 7) expect((at + untilTick(500, at)) % 250).toBe(0);
  });
});
