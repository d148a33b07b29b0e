import { downloadResultSchema } from '@hermes/contracts';
import type { Kysely } from 'kysely';
import type { DownloadsTable, Schema, StatsBucketsTable } from '../database/schema.ts';
import { GRAINS, startOfBucket } from './time-window.ts';

type Totals = Omit<StatsBucketsTable, 'grain' | 'starts_at'>;
type Row = Pick<DownloadsTable, 'status' | 'created_at' | 'started_at' | 'ended_at' | 'result' | 'downloaded_bytes'>;

const NOTHING: Totals = { downloads: 0, completed: 0, failed: 0, cancelled: 0, bytes: 0, duration_ms: 0 };
/** Eight values each; every dialect takes as many in one statement. */
const ROWS_A_STATEMENT = 500;

/**
 * What changes of downloads mean to the buckets. A download counts as what it is: when it changes, what it counted for
 * before is taken back. So telling a fact twice, or a retry, doubles nothing.
 */
export class StatsDeltas {
  readonly #buckets = new Map<string, StatsBucketsTable>();

  /** @param before null for a download that did not count until now. */
  replace(before: Row | null, after: Row): void {
    if (before !== null) this.#count(before, -1);
    this.#count(after, 1);
  }

  /**
   * @param transaction the one that changes the downloads.
   * @returns whether anything has changed.
   */
  async write(transaction: Kysely<Schema>): Promise<boolean> {
    const changed = [...this.#buckets.values()].filter((bucket) =>
      (Object.keys(NOTHING) as (keyof Totals)[]).some((column) => bucket[column] !== 0),
    );
    for (let at = 0; at < changed.length; at += ROWS_A_STATEMENT) {
      await transaction
        .insertInto('stats_buckets')
        .values(changed.slice(at, at + ROWS_A_STATEMENT))
        .onConflict((conflict) =>
          conflict.columns(['grain', 'starts_at']).doUpdateSet((bucket) => ({
            downloads: bucket('stats_buckets.downloads', '+', bucket.ref('excluded.downloads')),
            completed: bucket('stats_buckets.completed', '+', bucket.ref('excluded.completed')),
            failed: bucket('stats_buckets.failed', '+', bucket.ref('excluded.failed')),
            cancelled: bucket('stats_buckets.cancelled', '+', bucket.ref('excluded.cancelled')),
            bytes: bucket('stats_buckets.bytes', '+', bucket.ref('excluded.bytes')),
            duration_ms: bucket('stats_buckets.duration_ms', '+', bucket.ref('excluded.duration_ms')),
          })),
        )
        .execute();
    }
    return changed.length > 0;
  }

  #count(row: Row, sign: 1 | -1): void {
    this.#add(row.created_at, { downloads: sign });
    if (row.ended_at === null) return;
    if (row.status === 'failed') this.#add(row.ended_at, { failed: sign });
    if (row.status === 'cancelled') this.#add(row.ended_at, { cancelled: sign });
    if (row.status !== 'completed') return;
    const { bytes, duration_ms } = measure(row, row.ended_at);
    this.#add(row.ended_at, { completed: sign, bytes: sign * bytes, duration_ms: sign * duration_ms });
  }

  #add(time: string, totals: Partial<Totals>): void {
    const date = new Date(time);
    for (const grain of GRAINS) {
      const starts_at = startOfBucket(grain, date);
      const key = `${grain} ${starts_at}`;
      const bucket = this.#buckets.get(key) ?? { grain, starts_at, ...NOTHING };
      for (const [column, value] of Object.entries(totals)) bucket[column as keyof Totals] += value;
      this.#buckets.set(key, bucket);
    }
  }
}

/** A download that the log tells to be complete without its result is measured by what else it tells. */
function measure(row: Row, endedAt: string): { bytes: number; duration_ms: number } {
  const result = row.result === null ? null : downloadResultSchema.parse(JSON.parse(row.result));
  if (result !== null) return { bytes: result.size, duration_ms: result.duration_ms };
  const duration = Date.parse(endedAt) - Date.parse(row.started_at ?? endedAt);
  return { bytes: row.downloaded_bytes, duration_ms: Math.max(0, duration) };
}
