import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';
import { StatsDeltas } from '../stats/stats-deltas.ts';
import { derivedColumns } from './download-rows.ts';
import type { Schema } from './schema.ts';

const PAGE = 500;

/** What history and statistics are read from; fills it for the downloads that are there. */
export const historyMigration: Migration = {
  async up(db: Kysely<Schema>): Promise<void> {
    await db.schema.alterTable('downloads').addColumn('ended_at', 'varchar(32)').execute();
    for (const name of ['host', 'search'] as const) {
      await db.schema
        .alterTable('downloads')
        .addColumn(name, 'text', (column) => column.notNull().defaultTo(''))
        .execute();
    }
    await db.schema
      .createTable('removed_downloads')
      .addColumn('download_id', 'varchar(64)', (column) => column.primaryKey())
      .addColumn('seq', 'bigint', (column) => column.notNull())
      .execute();
    await db.schema
      .createTable('stats_buckets')
      .addColumn('grain', 'varchar(8)', (column) => column.notNull())
      .addColumn('starts_at', 'varchar(32)', (column) => column.notNull())
      .addColumn('downloads', 'bigint', (column) => column.notNull())
      .addColumn('completed', 'bigint', (column) => column.notNull())
      .addColumn('failed', 'bigint', (column) => column.notNull())
      .addColumn('cancelled', 'bigint', (column) => column.notNull())
      .addColumn('bytes', 'bigint', (column) => column.notNull())
      .addColumn('duration_ms', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('stats_buckets_pk', ['grain', 'starts_at'])
      .execute();
    await db.schema
      .createTable('merged_databases')
      .addColumn('path', 'text', (column) => column.primaryKey())
      .addColumn('fingerprint', 'varchar(64)', (column) => column.notNull())
      .execute();

    await fill(db);

    // In the order of the answer, with all that a filter looks at, so that no row is read that is not shown.
    await db.schema
      .createIndex('downloads_history')
      .on('downloads')
      .columns(['ended_at', 'download_id', 'status', 'engine', 'host'])
      .execute();
    // The same with the text that a search looks into: three times as long. The condition, true of every row, is there
    // for searches to name, so that nothing else reads this one.
    await db.schema
      .createIndex('downloads_history_search')
      .on('downloads')
      .columns(['ended_at', 'download_id', 'status', 'engine', 'host', 'search'])
      .where('search', '<>', '')
      .execute();
    await db.schema
      .createIndex('downloads_history_status')
      .on('downloads')
      .columns(['status', 'ended_at', 'download_id', 'engine', 'host'])
      .execute();
    await db.schema
      .createIndex('downloads_history_host')
      .on('downloads')
      .columns(['host', 'ended_at', 'download_id', 'status', 'engine'])
      .execute();
    await db.schema.createIndex('removed_downloads_seq').on('removed_downloads').column('seq').execute();
  },
};

async function fill(db: Kysely<Schema>): Promise<void> {
  const deltas = new StatsDeltas();
  let after = '';
  for (;;) {
    const rows = await db
      .selectFrom('downloads')
      .selectAll()
      .where('download_id', '>', after)
      .orderBy('download_id')
      .limit(PAGE)
      .execute();
    for (const row of rows) {
      const columns = derivedColumns(row);
      await db.updateTable('downloads').set(columns).where('download_id', '=', row.download_id).execute();
      // What the log has not told of counts when it does.
      if (row.epoch !== '') deltas.replace(null, { ...row, ...columns });
    }
    const last = rows.at(-1);
    if (last === undefined) break;
    after = last.download_id;
  }
  await deltas.write(db);
}
