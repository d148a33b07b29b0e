import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { askedDelay, backoffDelay } from './backoff.ts';

const latest = () => 0.999_999;

describe('backoffDelay', () => {
  it('doubles up to its limit', () => {
    expect([0, 1, 2, 3, 4, 5, 1000].map((failures) => backoffDelay(failures, 1000, 15_000, latest))).toEqual([
      500, 1000, 2000, 4000, 8000, 15_000, 15_000,
    ]);
  });

  it('spreads over the whole step, and is never nothing', () => {
    expect(backoffDelay(3, 1000, 15_000, () => 0)).toBe(200);
    fc.assert(
      fc.property(fc.nat(100), fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (failures, random) => {
        const delay = backoffDelay(failures, 1000, 15_000, () => random);
        expect(delay).toBeGreaterThanOrEqual(25);
        expect(delay).toBeLessThanOrEqual(15_000);
      }),
    );
  });
});

describe('askedDelay', () => {
  it('is at least what was asked for, and at most a quarter more', () => {
    expect(askedDelay(2000, () => 0)).toBe(2000);
    expect(askedDelay(2000, latest)).toBe(2500);
  });
});
