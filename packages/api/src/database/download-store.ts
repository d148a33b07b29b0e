import {
  type Counts,
  DOWNLOAD_STATUSES,
  type Download,
  type DownloadJob,
  type DownloadStatus,
  downloadJobSchema,
  FINAL_STATUSES,
} from '@hermes/contracts';
import type { ExpressionBuilder } from 'kysely';
import { fromRow } from './download-rows.ts';
import type { Database } from './open-database.ts';
import type { DownloadsTable, Schema } from './schema.ts';

/** A place in the list of downloads: what stands behind it comes next. */
export interface ListPosition {
  created_at: string;
  download_id: string;
}

/** Downloads in the database: everything that ever was, as far as the log has been folded. */
export class DownloadStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** All or nothing; what is there already stays as it is. @param sealed of `DownloadSecrets`, if there are any. */
  async insertNew(row: DownloadsTable, job: DownloadJob, sealed: string | null): Promise<void> {
    await this.#database.transaction().execute(async (transaction) => {
      await transaction
        .insertInto('downloads')
        .values(row)
        .onConflict((conflict) => conflict.column('download_id').doNothing())
        .execute();
      await transaction
        .insertInto('download_options')
        .values({ download_id: job.download_id, job: JSON.stringify(job) })
        .onConflict((conflict) => conflict.column('download_id').doNothing())
        .execute();
      if (sealed === null) return;
      await transaction
        .insertInto('download_secrets')
        .values({ download_id: job.download_id, sealed })
        .onConflict((conflict) => conflict.column('download_id').doNothing())
        .execute();
    });
  }

  /** Removes what the log has not told of. */
  async removeUntold(id: string): Promise<void> {
    await this.#database.deleteFrom('downloads').where('download_id', '=', id).where('epoch', '=', '').execute();
  }

  async find(id: string): Promise<DownloadsTable | null> {
    const row = await this.#database
      .selectFrom('downloads')
      .selectAll()
      .where('download_id', '=', id)
      .executeTakeFirst();
    return row ?? null;
  }

  /** Those of some statuses, the oldest of each first. */
  async findIds(statuses: readonly DownloadStatus[], limit: number): Promise<string[]> {
    const ids: string[] = [];
    // Status by status, since each walks its index.
    for (const status of new Set(statuses)) {
      const rows = await this.listQuery(status, 'oldest', null, limit - ids.length)
        .clearSelect()
        .select('download_id')
        .execute();
      ids.push(...rows.map(({ download_id }) => download_id));
    }
    return ids;
  }

  async findMany(ids: readonly string[]): Promise<Map<string, DownloadsTable>> {
    if (ids.length === 0) return new Map();
    const rows = await this.#database.selectFrom('downloads').selectAll().where('download_id', 'in', ids).execute();
    return new Map(rows.map((row) => [row.download_id, row]));
  }

  /** What has not ended, in the order of ids. */
  async findOpen(afterId: string, limit: number): Promise<DownloadsTable[]> {
    return this.#database
      .selectFrom('downloads')
      .selectAll()
      .where('status', 'not in', FINAL_STATUSES)
      .where('download_id', '>', afterId)
      .orderBy('download_id')
      .limit(limit)
      .execute();
  }

  /** @returns by id, what the workers must be told; missing where a download did not come through this API. */
  async findJobs(ids: readonly string[]): Promise<Map<string, DownloadJob>> {
    if (ids.length === 0) return new Map();
    const rows = await this.#database
      .selectFrom('download_options')
      .selectAll()
      .where('download_id', 'in', ids)
      .execute();
    return new Map(rows.map((row) => [row.download_id, downloadJobSchema.parse(JSON.parse(row.job))]));
  }

  /** @returns sealed `DownloadSecrets` by id. */
  async findSecrets(ids: readonly string[]): Promise<Map<string, string>> {
    if (ids.length === 0) return new Map();
    const rows = await this.#database
      .selectFrom('download_secrets')
      .selectAll()
      .where('download_id', 'in', ids)
      .execute();
    return new Map(rows.map((row) => [row.download_id, row.sealed]));
  }

  /** Removes the secrets of what can no longer be tried: completed, or ended before `endedBefore` (ISO 8601). */
  async pruneSecrets(endedBefore: string): Promise<void> {
    await this.#database
      .deleteFrom('download_secrets')
      .where('download_id', 'in', (secrets) =>
        secrets
          .selectFrom('downloads')
          .innerJoin('download_secrets as kept', 'kept.download_id', 'downloads.download_id')
          .select('downloads.download_id')
          .where('status', 'in', FINAL_STATUSES)
          .where((row) => row.or([row('status', '=', 'completed'), row('updated_at', '<', endedBefore)])),
      )
      .execute();
  }

  /** @param order `oldest` for what waits, `newest` for what has been. */
  async list(
    statuses: readonly DownloadStatus[],
    order: 'oldest' | 'newest',
    after: ListPosition | null,
    limit: number,
  ): Promise<Download[]> {
    // Status by status, since each then walks its index; asked for several at once the database would sort them all.
    const lists = await Promise.all(
      [...new Set(statuses)].map((status) => this.listQuery(status, order, after, limit).execute()),
    );
    const sign = order === 'oldest' ? 1 : -1;
    return lists
      .flat()
      .sort((a, b) => sign * compare([a.created_at, a.download_id], [b.created_at, b.download_id]))
      .slice(0, limit)
      .map(fromRow);
  }

  listQuery(status: DownloadStatus, order: 'oldest' | 'newest', after: ListPosition | null, limit: number) {
    const direction = order === 'oldest' ? 'asc' : 'desc';
    const query = this.#database
      .selectFrom('downloads')
      .selectAll()
      .where('status', '=', status)
      .orderBy('created_at', direction)
      .orderBy('download_id', direction)
      .limit(limit);
    return after === null ? query : query.where((row) => isBehind(row, order === 'oldest' ? '>' : '<', after));
  }

  /** @param told true: only what the log has told of. */
  async counts(told = false): Promise<Counts> {
    let query = this.#database
      .selectFrom('downloads')
      .select(['status', ({ fn }) => fn.countAll<number>().as('number')])
      .groupBy('status');
    if (told) query = query.where('epoch', '!=', '');
    const rows = await query.execute();
    const counts = Object.fromEntries(DOWNLOAD_STATUSES.map((status) => [status, 0])) as Counts;
    for (const { status, number } of rows) counts[status] = Number(number);
    return counts;
  }
}

function isBehind(row: ExpressionBuilder<Schema, 'downloads'>, operator: '>' | '<', position: ListPosition) {
  return row.or([
    row('created_at', operator, position.created_at),
    row.and([row('created_at', '=', position.created_at), row('download_id', operator, position.download_id)]),
  ]);
}

function compare([a, idA]: [string, string], [b, idB]: [string, string]): number {
  if (a !== b) return a < b ? -1 : 1;
  return idA < idB ? -1 : 1;
}
