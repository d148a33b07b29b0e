import { sql } from 'kysely';
import { BUSY_TIMEOUT_MS, type Database } from './open-database.ts';

/**
 * Brings what is written into the database file and empties the log of writes beside it. Of SQLite alone.
 * @returns false if another process was at work: then as much as was possible.
 */
export async function checkpoint(database: Database): Promise<boolean> {
  return database.connection().execute(async (connection) => {
    // Waiting for others would hold up every request.
    await sql`pragma busy_timeout = 0`.execute(connection);
    try {
      const { rows } = await sql<{ busy: number }>`pragma wal_checkpoint(truncate)`.execute(connection);
      return rows[0]?.busy === 0;
    } finally {
      await sql.raw(`pragma busy_timeout = ${BUSY_TIMEOUT_MS}`).execute(connection);
    }
  });
}
