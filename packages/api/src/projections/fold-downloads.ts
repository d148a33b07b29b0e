import { type Download, isFinalStatus } from '@hermes/contracts';
import type { LogEvent } from '@hermes/event-log';
import type { Transaction } from 'kysely';
import { parseDownload, toRow } from '../database/download-rows.ts';
import type { Database } from '../database/open-database.ts';
import type { DownloadsTable, Schema } from '../database/schema.ts';

/** SQLite takes 32,766 values in one statement; a row has 21. */
const ROWS_A_STATEMENT = 500;

/**
 * Folds changes of status into the table `downloads`. Folding the same again, or something older, changes nothing.
 * @param events of one epoch, in order.
 */
export async function foldDownloads(
  transaction: Transaction<Schema>,
  events: readonly LogEvent[],
  epoch: string,
): Promise<void> {
  const newest = new Map<string, Told>();
  for (const event of events) {
    if (event.event !== 'download_status') continue;
    const download = parseDownload(event.data);
    if (download === null) continue;
    const reopens = event.previousStatus !== null && isFinalStatus(event.previousStatus);
    // Within a page, too, one reopening is enough.
    const before = newest.get(download.download_id);
    newest.set(download.download_id, { download, reopens: reopens || (before?.reopens ?? false) });
  }
  await writeNewest(transaction, [...newest.values()], epoch);
}

/**
 * Writes records as Redis holds them, where the facts that told of them are gone.
 * @returns how many there are.
 */
export async function foldRecords(database: Database, records: readonly Download[], epoch: string): Promise<number> {
  if (records.length > 0) {
    await database.transaction().execute((transaction) =>
      writeNewest(
        transaction,
        records.map((download) => ({ download, reopens: false })),
        epoch,
      ),
    );
  }
  return records.length;
}

interface Told {
  download: Download;
  /** It left a final status, which only a person's wish does. */
  reopens: boolean;
}

async function writeNewest(transaction: Transaction<Schema>, told: readonly Told[], epoch: string): Promise<void> {
  for (let at = 0; at < told.length; at += ROWS_A_STATEMENT) {
    const slice = told.slice(at, at + ROWS_A_STATEMENT);
    const rows = await transaction
      .selectFrom('downloads')
      .selectAll()
      .where(
        'download_id',
        'in',
        slice.map(({ download }) => download.download_id),
      )
      .execute();
    const stored = new Map(rows.map((row) => [row.download_id, row]));
    const newer = slice
      .filter(({ download, reopens }) => isNewer(download, epoch, reopens, stored.get(download.download_id)))
      .map(({ download }) => toRow(download, epoch));
    if (newer.length === 0) continue;
    await forgetSecrets(transaction, newer);
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
        })),
      )
      .execute();
  }
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
