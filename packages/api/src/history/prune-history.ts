import { setImmediate } from 'node:timers/promises';
import type { Database } from '../database/open-database.ts';
import { removeDownloads } from '../database/removed-downloads.ts';
import { lockProjection } from '../projections/stored-position.ts';

/** Some milliseconds; between two, others get their turn. */
const ROWS_A_TRANSACTION = 500;

/**
 * Deletes the oldest of the history for good. The statistics stay.
 * @param endedBefore ISO 8601 with milliseconds.
 * @returns how many downloads went.
 */
export async function pruneHistory(database: Database, endedBefore: string): Promise<number> {
  let pruned = 0;
  for (;;) {
    const count = await database.transaction().execute(async (transaction) => {
      await lockProjection(transaction);
      const rows = await oldestQuery(transaction, endedBefore).execute();
      await removeDownloads(transaction, new Map(rows.map(({ download_id, seq }) => [download_id, Number(seq)])));
      return rows.length;
    });
    pruned += count;
    if (count < ROWS_A_TRANSACTION) return pruned;
    await setImmediate();
  }
}

export function oldestQuery(database: Database, endedBefore: string) {
  return database
    .selectFrom('downloads')
    .select(['download_id', 'seq'])
    .where('ended_at', '<', endedBefore)
    .orderBy('ended_at')
    .limit(ROWS_A_TRANSACTION);
}
