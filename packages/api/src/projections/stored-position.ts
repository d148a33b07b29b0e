import type { SeenPosition } from '@hermes/event-log';
import type { Transaction } from 'kysely';
import { DOWNLOADS_PROJECTION } from '../database/migrations.ts';
import type { Database } from '../database/open-database.ts';
import type { Schema } from '../database/schema.ts';

/** How far the database has folded the log: what an answer from the database is at least as new as. */
export async function readStoredPosition(database: Database): Promise<SeenPosition> {
  const { epoch, last_offset, run_id } = await database
    .selectFrom('projections')
    .selectAll()
    .where('name', '=', DOWNLOADS_PROJECTION)
    .executeTakeFirstOrThrow();
  return { epoch, seq: Number(last_offset), runId: run_id };
}

/**
 * Begins a transaction that reads before it writes: with the write lock, instead of failing to get it later, and with
 * nobody folding beside it.
 */
export async function lockProjection(transaction: Transaction<Schema>): Promise<void> {
  await transaction
    .updateTable('projections')
    .set({ name: DOWNLOADS_PROJECTION })
    .where('name', '=', DOWNLOADS_PROJECTION)
    .execute();
}
