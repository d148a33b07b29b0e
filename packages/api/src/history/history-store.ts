import { type DownloadStatus, isFinalStatus } from '@hermes/contracts';
import { type SelectQueryBuilder, sql } from 'kysely';
import { fromRow } from '../database/download-rows.ts';
import type { Database } from '../database/open-database.ts';
import type { DownloadsTable, Schema } from '../database/schema.ts';
import type { HistoryPosition } from './history-cursor.ts';
import type { HistoryFilter } from './history-filter.ts';

type Query<Selected> = SelectQueryBuilder<Schema, 'downloads', Selected>;

/**
 * The history: downloads that have ended, newest first. It has no table of its own: each download has one row, so it has
 * one row here, once it has ended.
 */
export class HistoryStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** What stands behind `after`, with the place of each. */
  async page(filter: HistoryFilter, after: HistoryPosition | null, limit: number) {
    // Status by status, since each then walks its index; asked for several at once the database would sort them all.
    const lists = await Promise.all(
      statusesOf(filter).map((status) => this.positionsQuery(filter, status, after, limit).execute()),
    );
    const positions = lists
      .flat()
      .sort((a, b) => (isNewer(a, b) ? -1 : 1))
      .slice(0, limit);
    if (positions.length === 0) return [];
    // Only now the rows: finding them needed nothing but an index.
    const ids = positions.map(({ download_id }) => download_id);
    const rows = await this.#database.selectFrom('downloads').selectAll().where('download_id', 'in', ids).execute();
    const byId = new Map(rows.map((row) => [row.download_id, row]));
    return positions.flatMap((position) => {
      const row = byId.get(position.download_id);
      // One that was deleted or begun again in between is not shown.
      return row?.ended_at === position.ended_at ? [{ position, download: fromRow(row as DownloadsTable) }] : [];
    });
  }

  async count(filter: HistoryFilter): Promise<number> {
    const numbers = await Promise.all(
      statusesOf(filter).map((status) => this.countQuery(filter, status).executeTakeFirstOrThrow()),
    );
    return numbers.reduce((sum, { number }) => sum + Number(number), 0);
  }

  /** @param status null: of any. */
  positionsQuery(filter: HistoryFilter, status: DownloadStatus | null, after: HistoryPosition | null, limit: number) {
    const query = narrowed(this.#database.selectFrom('downloads'), filter, status)
      .select(['ended_at', 'download_id'])
      .$narrowType<{ ended_at: string }>()
      .orderBy('ended_at', 'desc')
      .orderBy('download_id', 'desc')
      .limit(limit);
    if (after === null) return query;
    return query.where((row) =>
      row.and([
        // Says nothing more than the rest, but leads the way into the index.
        row('ended_at', '<=', after.ended_at),
        row.or([row('ended_at', '<', after.ended_at), row('download_id', '<', after.download_id)]),
      ]),
    );
  }

  countQuery(filter: HistoryFilter, status: DownloadStatus | null) {
    return narrowed(this.#database.selectFrom('downloads'), filter, status).select(({ fn }) =>
      fn.countAll<number>().as('number'),
    );
  }
}

function statusesOf({ statuses }: HistoryFilter): (DownloadStatus | null)[] {
  // What is open has not become history.
  return statuses === null ? [null] : statuses.filter(isFinalStatus);
}

function narrowed<Selected>(query: Query<Selected>, filter: HistoryFilter, status: DownloadStatus | null) {
  let narrow = query.where('ended_at', '>=', filter.from);
  if (filter.to !== null) narrow = narrow.where('ended_at', '<', filter.to);
  if (status !== null) narrow = narrow.where('status', '=', status);
  if (filter.engine !== null) narrow = narrow.where('engine', '=', filter.engine);
  if (filter.host !== null) narrow = narrow.where('host', '=', filter.host);
  if (filter.text !== null) {
    const pattern = `%${filter.text.replace(/[\\%_]/g, '\\$&')}%`;
    // The first is true of every row, and names the index.
    narrow = narrow.where(sql<boolean>`search <> ''`).where(sql<boolean>`search like ${pattern} escape '\\'`);
  }
  return narrow;
}

function isNewer(a: HistoryPosition, b: HistoryPosition): boolean {
  return a.ended_at === b.ended_at ? a.download_id > b.download_id : a.ended_at > b.ended_at;
}
