import type { SeenPosition } from '@hermes/event-log';
import { DOWNLOADS_PROJECTION } from '../database/migrations.ts';
import type { Database } from '../database/open-database.ts';

/** How far the database has folded the log: what an answer from the database is at least as new as. */
export async function readStoredPosition(database: Database): Promise<SeenPosition> {
  const { epoch, last_offset, run_id } = await database
    .selectFrom('projections')
    .selectAll()
    .where('name', '=', DOWNLOADS_PROJECTION)
    .executeTakeFirstOrThrow();
  return { epoch, seq: Number(last_offset), runId: run_id };
}
