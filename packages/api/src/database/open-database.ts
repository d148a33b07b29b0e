import { chmod, mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isDatabaseFull } from '@hermes/runtime';
import SQLite from 'better-sqlite3';
import { Kysely, type SqliteDatabase, SqliteDialect } from 'kysely';
import { Migrator } from 'kysely/migration';
import { migrationProvider } from './migrations.ts';
import type { Schema } from './schema.ts';

export type Database = Kysely<Schema>;

/** The index that a search through 100,000 downloads reads fits in; the default of 2 MiB makes it twice as slow. */
const CACHE_KIB = 32 * 1024;
/** How long a write waits for the one of another process, milliseconds. */
export const BUSY_TIMEOUT_MS = 5000;

/**
 * Opens the database, readable by its owner only, and brings it up to date. `destroy()` closes it.
 * @param maxBytes `HERMES_MAX_DATABASE_SIZE`; writes beyond it fail with `SQLITE_FULL`.
 * @param onFull a write has failed for want of space, here or on the disk.
 */
export async function openDatabase(path: string, maxBytes: number, onFull: () => void = () => {}): Promise<Database> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const sqlite = new SQLite(path);
  try {
    await chmod(path, 0o600);
    sqlite.pragma('journal_mode = WAL');
    // Safe with WAL: a power cut can cost the last transactions, and the projection folds those again.
    sqlite.pragma('synchronous = NORMAL');
    sqlite.pragma(`busy_timeout = ${BUSY_TIMEOUT_MS}`);
    sqlite.pragma('foreign_keys = ON');
    sqlite.pragma(`cache_size = -${CACHE_KIB}`);
    const pageSize = Number(sqlite.pragma('page_size', { simple: true }));
    sqlite.pragma(`max_page_count = ${Math.floor(maxBytes / pageSize)}`);
  } catch (error) {
    sqlite.close();
    throw error;
  }
  const database: Database = new Kysely<Schema>({
    dialect: new SqliteDialect({ database: tolerant(sqlite) }),
    log(event) {
      if (event.level === 'error' && isDatabaseFull(event.error)) onFull();
    },
  });
  // One transaction around all of it: two processes that start at once do not migrate at once, and a crash half-way
  // leaves nothing half-made. (Kysely takes no lock of its own on SQLite.)
  sqlite.exec('BEGIN IMMEDIATE');
  const { error } = await new Migrator({ db: database, provider: migrationProvider }).migrateToLatest();
  sqlite.exec(error === undefined ? 'COMMIT' : 'ROLLBACK');
  if (error !== undefined) {
    await database.destroy();
    throw new Error(`The database ${path} could not be brought up to date`, { cause: error });
  }
  return database;
}

/**
 * When it has no space left SQLite rolls back by itself. That there is nothing to be rolled back any more must not hide
 * the error that led to it.
 */
function tolerant(sqlite: SQLite.Database): SqliteDatabase {
  return {
    prepare: (text) => sqlite.prepare(text === 'rollback' && !sqlite.inTransaction ? 'select 1' : text),
    close: () => void sqlite.close(),
  };
}
