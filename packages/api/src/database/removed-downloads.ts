import type { Kysely, Transaction } from 'kysely';
import type { Schema } from './schema.ts';

/** Two values each; every dialect takes as many in one statement. */
const ROWS_A_STATEMENT = 500;

/**
 * Deletes downloads with all that was kept about them but the statistics, and remembers that: a log that is read again
 * from its beginning would bring them back.
 * @param removed id, and the position up to which the log may tell of it.
 */
export async function removeDownloads(
  transaction: Transaction<Schema>,
  removed: ReadonlyMap<string, number>,
): Promise<void> {
  const rows = [...removed].map(([download_id, seq]) => ({ download_id, seq }));
  for (let at = 0; at < rows.length; at += ROWS_A_STATEMENT) {
    const slice = rows.slice(at, at + ROWS_A_STATEMENT);
    const ids = slice.map(({ download_id }) => download_id);
    // First the space, then what needs some: the database may be full.
    await transaction.deleteFrom('downloads').where('download_id', 'in', ids).execute();
    await transaction
      .insertInto('removed_downloads')
      .values(slice)
      .onConflict((conflict) => conflict.column('download_id').doUpdateSet(({ ref }) => ({ seq: ref('excluded.seq') })))
      .execute();
  }
}

/** @returns those that were removed. */
export async function findRemoved(database: Kysely<Schema>, ids: readonly string[]): Promise<Set<string>> {
  if (ids.length === 0) return new Set();
  const rows = await database
    .selectFrom('removed_downloads')
    .select('download_id')
    .where('download_id', 'in', ids)
    .execute();
  return new Set(rows.map((row) => row.download_id));
}
