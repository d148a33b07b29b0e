import SQLite from 'better-sqlite3';
import { Kysely, SqliteDialect } from 'kysely';
import { Migrator } from 'kysely/migration';
import { migrationProvider } from '../database/migrations.ts';
import type { Database } from '../database/open-database.ts';
import type { Schema } from '../database/schema.ts';

/** A database as an earlier version left it, brought up to that migration and no further. */
export async function createOldDatabase(path: string, migration: string): Promise<Database> {
  const database = new Kysely<Schema>({ dialect: new SqliteDialect({ database: new SQLite(path) }) });
  const { error } = await new Migrator({ db: database, provider: migrationProvider }).migrateTo(migration);
  if (error !== undefined) throw error;
  return database;
}
