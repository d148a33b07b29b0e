import { PERIODS } from '@hermes/contracts';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { startOfBucket, timeWindow } from './time-window.ts';

const at = (text: string) => new Date(text);

it('ends with the hour, day or month that is running', () => {
  const now = at('2024-03-01T00:00:00.000Z');
  expect(timeWindow('day', now).bounds.slice(-2)).toEqual(['2024-03-01T00:00:00.000Z', '2024-03-01T01:00:00.000Z']);
  expect(timeWindow('day', now).bounds).toHaveLength(25);
  // Over the 29th of February.
  expect(timeWindow('week', now).bounds.slice(0, 7)).toEqual(
    ['02-24', '02-25', '02-26', '02-27', '02-28', '02-29', '03-01'].map((day) => `2024-${day}T00:00:00.000Z`),
  );
  expect(timeWindow('month', now).bounds[0]).toBe('2024-02-01T00:00:00.000Z');
  expect(timeWindow('year', now).bounds[0]).toBe('2023-04-01T00:00:00.000Z');
  expect(timeWindow('year', now).bounds.at(-1)).toBe('2024-04-01T00:00:00.000Z');
});

it('passes over no month because of a day that it does not have', () => {
  expect(startOfBucket('month', at('2023-03-31T23:59:59.999Z'), -1)).toBe('2023-02-01T00:00:00.000Z');
  expect(startOfBucket('month', at('2023-12-31T23:59:59.999Z'), 1)).toBe('2024-01-01T00:00:00.000Z');
  expect(startOfBucket('day', at('2023-12-31T23:59:59.999Z'), 1)).toBe('2024-01-01T00:00:00.000Z');
});

it('has buckets that follow each other, and now in the last', () => {
  const noInvalid = { noInvalidDate: true, min: at('1990-01-01T00:00:00Z'), max: at('2100-01-01T00:00:00Z') };
  fc.assert(
    fc.property(fc.date(noInvalid), fc.constantFrom(...PERIODS), (now, period) => {
      const { grain, bounds } = timeWindow(period, now);
      expect(bounds).toEqual([...new Set(bounds)].sort());
      for (const [index, bound] of bounds.entries()) {
        expect(startOfBucket(grain, at(bound))).toBe(bound);
        const next = bounds[index + 1];
        if (next !== undefined) expect(startOfBucket(grain, new Date(Date.parse(next) - 1))).toBe(bound);
      }
      expect(startOfBucket(grain, now)).toBe(bounds.at(-2));
    }),
  );
});
