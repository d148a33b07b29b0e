import type { Compilable } from 'kysely';
import { sql } from 'kysely';
import type { Database } from '../database/open-database.ts';

/** How SQLite goes about a query: one line a step. */
export async function planOf(database: Database, query: Compilable): Promise<string[]> {
  const { sql: text, parameters } = query.compile();
  const parts = text
    .split('?')
    .flatMap((part, at) => (at === 0 ? [sql.raw(part)] : [sql`${parameters[at - 1]}`, sql.raw(part)]));
  const { rows } = await sql<{ detail: string }>`explain query plan ${sql.join(parts, sql``)}`.execute(database);
  return rows.map((row) => row.detail);
}
