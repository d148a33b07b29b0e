import type { Kysely } from 'kysely';
import type { Migration, MigrationProvider } from 'kysely/migration';
import { historyMigration } from './history-migration.ts';
import type { Schema } from './schema.ts';

/** The projection that keeps the table `downloads`. */
export const DOWNLOADS_PROJECTION = 'downloads';

/** Written for every dialect: no SQL of one database, no type that only one has. */
const MIGRATIONS: Record<string, Migration> = {
  '0001_foundation': {
    async up(db: Kysely<Schema>): Promise<void> {
      await db.schema
        .createTable('api_keys')
        .addColumn('id', 'varchar(64)', (column) => column.primaryKey())
        .addColumn('name', 'varchar(100)', (column) => column.notNull())
        .addColumn('permissions', 'text', (column) => column.notNull())
        .addColumn('hint', 'varchar(32)', (column) => column.notNull())
        .addColumn('sha256', 'varchar(64)', (column) => column.notNull().unique())
        .addColumn('is_admin', 'integer', (column) => column.notNull())
        .addColumn('created_at', 'varchar(32)', (column) => column.notNull())
        .addColumn('expires_at', 'varchar(32)')
        .execute();

      await db.schema
        .createTable('sessions')
        .addColumn('sha256', 'varchar(64)', (column) => column.primaryKey())
        .addColumn('key_id', 'varchar(64)', (column) => column.notNull().references('api_keys.id').onDelete('cascade'))
        .addColumn('created_at', 'varchar(32)', (column) => column.notNull())
        .addColumn('expires_at', 'varchar(32)', (column) => column.notNull())
        .execute();
      await db.schema.createIndex('sessions_key_id').on('sessions').column('key_id').execute();
      await db.schema.createIndex('sessions_expires_at').on('sessions').column('expires_at').execute();

      await db.schema
        .createTable('downloads')
        .addColumn('download_id', 'varchar(64)', (column) => column.primaryKey())
        .addColumn('epoch', 'varchar(32)', (column) => column.notNull())
        .addColumn('seq', 'bigint', (column) => column.notNull())
        .addColumn('url', 'text', (column) => column.notNull())
        .addColumn('status', 'varchar(16)', (column) => column.notNull())
        .addColumn('progress', 'double precision')
        .addColumn('downloaded_bytes', 'bigint', (column) => column.notNull())
        .addColumn('total_bytes', 'bigint')
        .addColumn('download_speed', 'double precision')
        .addColumn('eta', 'double precision')
        .addColumn('filename', 'text')
        .addColumn('engine', 'varchar(16)')
        .addColumn('priority', 'integer', (column) => column.notNull())
        .addColumn('attempt', 'integer', (column) => column.notNull())
        .addColumn('error', 'text')
        .addColumn('result', 'text')
        .addColumn('session_id', 'varchar(64)')
        .addColumn('created_at', 'varchar(32)', (column) => column.notNull())
        .addColumn('started_at', 'varchar(32)')
        .addColumn('completed_at', 'varchar(32)')
        .addColumn('updated_at', 'varchar(32)', (column) => column.notNull())
        .execute();
      // A page of one status is a walk along this index; counts are read from it as well.
      await db.schema
        .createIndex('downloads_status_created_at')
        .on('downloads')
        .columns(['status', 'created_at', 'download_id'])
        .execute();

      await db.schema
        .createTable('download_options')
        .addColumn('download_id', 'varchar(64)', (column) =>
          column.primaryKey().references('downloads.download_id').onDelete('cascade'),
        )
        .addColumn('job', 'text', (column) => column.notNull())
        .execute();

      await db.schema
        .createTable('projections')
        .addColumn('name', 'varchar(64)', (column) => column.primaryKey())
        .addColumn('epoch', 'varchar(32)', (column) => column.notNull())
        .addColumn('last_offset', 'bigint', (column) => column.notNull())
        .addColumn('run_id', 'varchar(64)', (column) => column.notNull())
        .execute();
      // Before the first event, so that moving on is always a compare-and-set of a row that is there.
      await db
        .insertInto('projections')
        .values({ name: DOWNLOADS_PROJECTION, epoch: '', last_offset: 0, run_id: '' })
        .execute();
    },
  },
  '0002_download_secrets': {
    async up(db: Kysely<Schema>): Promise<void> {
      await db.schema
        .createTable('download_secrets')
        .addColumn('download_id', 'varchar(64)', (column) =>
          column.primaryKey().references('downloads.download_id').onDelete('cascade'),
        )
        .addColumn('sealed', 'text', (column) => column.notNull())
        .execute();
      await removePlainHeaders(db);
    },
  },
  '0003_history': historyMigration,
};

/** Headers stood in the job in plain text once. A download that still needs them says so when it is tried. */
async function removePlainHeaders(db: Kysely<Schema>): Promise<void> {
  const rows = await db.selectFrom('download_options').selectAll().where('job', 'like', '%"headers":%').execute();
  for (const { download_id, job } of rows) {
    const { headers, ...open } = JSON.parse(job) as Record<string, unknown>;
    if (headers === undefined) continue;
    await db
      .updateTable('download_options')
      .set({ job: JSON.stringify({ ...open, with_secrets: true }) })
      .where('download_id', '=', download_id)
      .execute();
  }
}

/** The migrations come with the code, not from a folder: a bundle has no folder. */
export const migrationProvider: MigrationProvider = { getMigrations: async () => MIGRATIONS };
