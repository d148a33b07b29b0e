import type { Period, Stats, Timeline, TimelineSummary } from '@hermes/contracts';
import type { Database } from '../database/open-database.ts';
import { timeWindow } from './time-window.ts';

/** Totals over a period that ends with the hour, day or month that `now` lies in. */
export async function readStats(database: Database, period: Period, now: Date): Promise<Stats> {
  const { from, to, buckets } = await readBuckets(database, period, now);
  const sum = (column: 'downloads' | 'completed' | 'failed' | 'cancelled' | 'bytes' | 'duration_ms') =>
    buckets.reduce((total, bucket) => total + bucket[column], 0);
  const [completed, failed, bytes, duration] = [sum('completed'), sum('failed'), sum('bytes'), sum('duration_ms')];
  return {
    period,
    from,
    to,
    downloads: sum('downloads'),
    completed,
    failed,
    cancelled: sum('cancelled'),
    bytes,
    success_rate: completed + failed === 0 ? null : completed / (completed + failed),
    average_duration_ms: completed === 0 ? null : duration / completed,
    // Many small files can be done in less than a millisecond together.
    average_speed: duration === 0 ? null : bytes / (duration / 1000),
  };
}

export async function readTimeline(database: Database, period: Period, now: Date): Promise<Timeline> {
  const { from, to, buckets } = await readBuckets(database, period, now);
  return { period, from, to, buckets: buckets.map(({ duration_ms: _, ...bucket }) => bucket) };
}

export async function readTimelineSummary(database: Database, period: Period, now: Date): Promise<TimelineSummary> {
  const { from, to, buckets } = await readTimeline(database, period, now);
  const downloads = buckets.reduce((total, bucket) => total + bucket.downloads, 0);
  const bytes = buckets.reduce((total, bucket) => total + bucket.bytes, 0);
  // Of several the latest.
  const busiest = buckets.reduce((most, bucket) => (bucket.downloads >= most.downloads ? bucket : most));
  return {
    period,
    from,
    to,
    downloads,
    bytes,
    average_downloads: downloads === 0 ? null : downloads / buckets.length,
    busiest: downloads === 0 ? null : busiest,
  };
}

/** Reads at most 31 rows, by their key; where there is none, nothing happened. */
async function readBuckets(database: Database, period: Period, now: Date) {
  const { grain, bounds } = timeWindow(period, now);
  const from = bounds[0] as string;
  const to = bounds.at(-1) as string;
  const rows = await bucketsQuery(database, grain, from, to).execute();
  const byStart = new Map(rows.map((row) => [row.starts_at, row]));
  const buckets = bounds.slice(0, -1).map((start, at) => {
    const row = byStart.get(start);
    return {
      from: start,
      to: bounds[at + 1] as string,
      downloads: Number(row?.downloads ?? 0),
      completed: Number(row?.completed ?? 0),
      failed: Number(row?.failed ?? 0),
      cancelled: Number(row?.cancelled ?? 0),
      bytes: Number(row?.bytes ?? 0),
      duration_ms: Number(row?.duration_ms ?? 0),
    };
  });
  return { from, to, buckets };
}

export function bucketsQuery(database: Database, grain: 'hour' | 'day' | 'month', from: string, to: string) {
  return database
    .selectFrom('stats_buckets')
    .selectAll()
    .where('grain', '=', grain)
    .where('starts_at', '>=', from)
    .where('starts_at', '<', to);
}
