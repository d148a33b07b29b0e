import type { Period } from '@hermes/contracts';

/** How wide a bucket is. All of them begin and end on whole hours, days and months of UTC. */
export const GRAINS = ['hour', 'day', 'month'] as const;
export type Grain = (typeof GRAINS)[number];

/** The buckets that a period is made of; the last is the one that is still filling. */
const PERIOD_BUCKETS: Record<Period, { grain: Grain; count: number }> = {
  day: { grain: 'hour', count: 24 },
  week: { grain: 'day', count: 7 },
  month: { grain: 'day', count: 30 },
  year: { grain: 'month', count: 12 },
};

export interface TimeWindow {
  grain: Grain;
  /** Where each bucket begins, oldest first, and where the last one ends: one more than there are buckets. */
  bounds: string[];
}

/** The buckets of a period that ends with the one that `now` lies in. */
export function timeWindow(period: Period, now: Date): TimeWindow {
  const { grain, count } = PERIOD_BUCKETS[period];
  const bounds = Array.from({ length: count + 1 }, (_, at) => startOfBucket(grain, now, at - count + 1));
  return { grain, bounds };
}

/** Where the bucket of a time begins, or the one so many buckets later. */
export function startOfBucket(grain: Grain, time: Date, later = 0): string {
  const start = new Date(time);
  // The day first: the 31st plus a month is not a day of the month after.
  if (grain === 'month') start.setUTCMonth(start.getUTCMonth() + later, 1);
  if (grain === 'day') start.setUTCDate(start.getUTCDate() + later);
  if (grain === 'hour') start.setUTCHours(start.getUTCHours() + later, 0, 0, 0);
  else start.setUTCHours(0, 0, 0, 0);
  return start.toISOString();
}
