import { type Download, isFinalStatus, queueUpdateSchema } from '@hermes/contracts';
import type { LogEvent } from '@hermes/event-log';
import type { Transaction } from 'kysely';
import { parseDownload, toRow } from '../database/download-rows.ts';
import type { Database } from '../database/open-database.ts';
import { findRemoved, removeDownloads } from '../database/removed-downloads.ts';
import type { DownloadsTable, Schema } from '../database/schema.ts';
import { StatsDeltas } from '../stats/stats-deltas.ts';
import { lockProjection } from './stored-position.ts';

/** SQLite takes 32,766 values in one statement; a row has 24. */
const ROWS_A_STATEMENT = 500;

/**
 * Folds changes of status into the table `downloads` and into the statistics. Folding the same again, or something
 * older, changes nothing.
 * @param events of one epoch, in order.
 * @returns whether the statistics have changed.
 */
export async function foldDownloads(
  transaction: Transaction<Schema>,
  events: readonly LogEvent[],
  epoch: string,
): Promise<boolean> {
  const newest = new Map<string, Told>();
  const removed = new Map<string, number>();
  for (const event of events) {
    const removedId = removedBy(event);
    if (removedId !== null) removed.set(removedId, event.seq);
    if (event.event !== 'download_status') continue;
    const download = parseDownload(event.data);
    if (download === null) continue;
    const reopens = event.previousStatus !== null && isFinalStatus(event.previousStatus);
    // Within a page, too, one reopening is enough.
    const before = newest.get(download.download_id);
    newest.set(download.download_id, { download, reopens: reopens || (before?.reopens ?? false) });
  }
  // What was deleted counts for what it was.
  const changed = await writeNewest(transaction, [...newest.values()], epoch);
  await removeDownloads(transaction, removed);
  return changed;
}

/**
 * Writes records as Redis holds them, where the facts that told of them are gone.
 * @returns how many there are.
 */
export async function foldRecords(database: Database, records: readonly Download[], epoch: string): Promise<number> {
  if (records.length > 0) {
    await database.transaction().execute(async (transaction) => {
      await lockProjection(transaction);
      await writeNewest(
        transaction,
        records.map((download) => ({ download, reopens: false })),
        epoch,
      );
    });
  }
  return records.length;
}

interface Told {
  download: Download;
  /** It left a final status, which only a person's wish does. */
  reopens: boolean;
}

async function writeNewest(transaction: Transaction<Schema>, told: readonly Told[], epoch: string): Promise<boolean> {
  const deltas = new StatsDeltas();
  for (let at = 0; at < told.length; at += ROWS_A_STATEMENT) {
    const slice = told.slice(at, at + ROWS_A_STATEMENT);
    const ids = slice.map(({ download }) => download.download_id);
    const removed = await findRemoved(transaction, ids);
    const rows = await transaction.selectFrom('downloads').selectAll().where('download_id', 'in', ids).execute();
    const stored = new Map(rows.map((row) => [row.download_id, row]));
    const newer = slice
      .filter(({ download }) => !removed.has(download.download_id))
      .filter(({ download, reopens }) => isNewer(download, epoch, reopens, stored.get(download.download_id)))
      .map(({ download }) => toRow(download, epoch));
    if (newer.length === 0) continue;
    await forgetSecrets(transaction, newer);
    for (const row of newer) {
      const before = stored.get(row.download_id);
      deltas.replace(before === undefined || before.epoch === '' ? null : before, row);
    }
    await transaction
      .insertInto('downloads')
      .values(newer)
      .onConflict((conflict) =>
        conflict.column('download_id').doUpdateSet(({ ref }) => ({
          epoch: ref('excluded.epoch'),
          seq: ref('excluded.seq'),
          url: ref('excluded.url'),
          status: ref('excluded.status'),
          progress: ref('excluded.progress'),
          downloaded_bytes: ref('excluded.downloaded_bytes'),
          total_bytes: ref('excluded.total_bytes'),
          download_speed: ref('excluded.download_speed'),
          eta: ref('excluded.eta'),
          filename: ref('excluded.filename'),
          engine: ref('excluded.engine'),
          priority: ref('excluded.priority'),
          attempt: ref('excluded.attempt'),
          error: ref('excluded.error'),
          result: ref('excluded.result'),
          session_id: ref('excluded.session_id'),
          created_at: ref('excluded.created_at'),
          started_at: ref('excluded.started_at'),
          completed_at: ref('excluded.completed_at'),
          updated_at: ref('excluded.updated_at'),
          ended_at: ref('excluded.ended_at'),
          host: ref('excluded.host'),
          search: ref('excluded.search'),
        })),
      )
      .execute();
  }
  return deltas.write(transaction);
}

/** What is completed is not tried again; of what failed they are kept for a while. */
async function forgetSecrets(transaction: Transaction<Schema>, rows: readonly DownloadsTable[]): Promise<void> {
  const completed = rows.filter(({ status }) => status === 'completed').map(({ download_id }) => download_id);
  if (completed.length === 0) return;
  await transaction.deleteFrom('download_secrets').where('download_id', 'in', completed).execute();
}

/**
 * In one life of the log the higher number wins. A new life wins over an old one, except that it does not reopen what
 * has ended: a Redis that was rolled back believes that it is still open, and is told better by the reconciliation.
 */
function isNewer(download: Download, epoch: string, reopens: boolean, stored: DownloadsTable | undefined): boolean {
  if (stored === undefined) return true;
  if (stored.epoch === epoch) return download.seq > stored.seq;
  return reopens || !isFinalStatus(stored.status) || isFinalStatus(download.status);
}

/** The download that the queue says it has removed. */
function removedBy({ event, data }: LogEvent): string | null {
  if (event !== 'queue_update' || !data.includes('"removed"')) return null;
  try {
    const update = queueUpdateSchema.parse(JSON.parse(data));
    return update.action === 'removed' ? update.download_id : null;
  } catch {
    // It did not come from the publish script.
    return null;
  }
}
