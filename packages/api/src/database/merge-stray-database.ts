import { lstat, realpath } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { type DownloadJob, downloadJobSchema } from '@hermes/contracts';
import type { Logger } from '@hermes/runtime';
import SQLite from 'better-sqlite3';
import type { Transaction } from 'kysely';
import { lockProjection } from '../projections/stored-position.ts';
import { StatsDeltas } from '../stats/stats-deltas.ts';
import { downloadOfRow, toRow } from './download-rows.ts';
import type { Database } from './open-database.ts';
import { findRemoved } from './removed-downloads.ts';
import type { DownloadsTable, Schema } from './schema.ts';

interface MergeOptions {
  database: Database;
  /** Where `database` is. */
  path: string;
  /** Where the process was started, and the home directory of its user. */
  cwd: string;
  home: string;
  logger: Logger;
}

/** In place of the life of the log that a download was told in: that one is over. */
const EPOCH = 'merged';
const PAGE = 500;

/**
 * Takes over the downloads of databases that lie below a folder named `~` where Hermes was started: whoever set a path
 * with a `~` that no shell expanded got one there. Only what is not here yet is added, so it may be done again; the
 * source stays as it is, and so do its keys: a file that lies about must not open anything. What goes wrong is logged and
 * stops nothing.
 */
export async function mergeStrayDatabases(options: MergeOptions): Promise<void> {
  const { path, cwd, home } = options;
  const candidates = new Set([join(cwd, '~', '.hermes', 'hermes.db'), join(cwd, '~', relative(home, path))]);
  for (const candidate of candidates) {
    await mergeStrayDatabase(options, candidate).catch((error: unknown) => {
      options.logger.warn({ err: error, path: candidate }, 'a stray database could not be merged');
    });
  }
}

async function mergeStrayDatabase({ database, path, logger }: MergeOptions, stray: string): Promise<void> {
  const fingerprint = await fingerprintOf(stray);
  if (fingerprint === null || (await realpath(stray)) === (await realpath(path))) return;
  const known = await database
    .selectFrom('merged_databases')
    .select('fingerprint')
    .where('path', '=', stray)
    .executeTakeFirst();
  if (known?.fingerprint === fingerprint) return;
  const source = new SQLite(stray, { readonly: true, fileMustExist: true });
  let merged = 0;
  let unreadable = 0;
  try {
    const readRows = source.prepare<[string, number], Record<string, unknown>>(
      'SELECT * FROM downloads WHERE download_id > ? ORDER BY download_id LIMIT ?',
    );
    const readJob = source.prepare<[string], { job: string }>('SELECT job FROM download_options WHERE download_id = ?');
    let after = '';
    for (;;) {
      const page = readRows.all(after, PAGE);
      const rows: DownloadsTable[] = [];
      const jobs: DownloadJob[] = [];
      for (const row of page) {
        const download = downloadOfRow(row);
        if (download === null) {
          unreadable += 1;
          continue;
        }
        rows.push(toRow(download, EPOCH));
        const job = parseJob(readJob.get(download.download_id)?.job);
        if (job !== null) jobs.push(job);
      }
      merged += await database.transaction().execute((transaction) => addMissing(transaction, rows, jobs));
      const last = page.at(-1);
      if (last === undefined || page.length < PAGE) break;
      after = String(last.download_id);
    }
  } finally {
    source.close();
  }
  await database
    .insertInto('merged_databases')
    .values({ path: stray, fingerprint })
    .onConflict((conflict) => conflict.column('path').doUpdateSet({ fingerprint }))
    .execute();
  logger.warn({ path: stray, merged, unreadable }, 'a stray database was merged; it can be deleted');
}

/** @returns how many were added. */
async function addMissing(
  transaction: Transaction<Schema>,
  rows: readonly DownloadsTable[],
  jobs: readonly DownloadJob[],
): Promise<number> {
  if (rows.length === 0) return 0;
  await lockProjection(transaction);
  const ids = rows.map(({ download_id }) => download_id);
  const present = await transaction
    .selectFrom('downloads')
    .select('download_id')
    .where('download_id', 'in', ids)
    .execute();
  const known = new Set([...present.map(({ download_id }) => download_id), ...(await findRemoved(transaction, ids))]);
  const missing = rows.filter(({ download_id }) => !known.has(download_id));
  if (missing.length === 0) return 0;
  const deltas = new StatsDeltas();
  for (const row of missing) deltas.replace(null, row);
  await transaction.insertInto('downloads').values(missing).execute();
  const options = jobs
    .filter(({ download_id }) => !known.has(download_id))
    .map((job) => ({ download_id: job.download_id, job: JSON.stringify(job) }));
  if (options.length > 0) await transaction.insertInto('download_options').values(options).execute();
  await deltas.write(transaction);
  return missing.length;
}

/** @returns null if there is no database, or one that is not this user's. */
async function fingerprintOf(path: string): Promise<string | null> {
  const parts: string[] = [];
  for (const file of [path, `${path}-wal`]) {
    const found = await lstat(file).catch(() => null);
    if (found === null && file !== path) continue;
    if (found === null || !found.isFile() || found.uid !== process.getuid?.()) return null;
    parts.push(`${found.size}:${Math.trunc(found.mtimeMs)}`);
  }
  return parts.join(' ');
}

function parseJob(text: string | undefined): DownloadJob | null {
  if (text === undefined) return null;
  try {
    return downloadJobSchema.parse(JSON.parse(text));
  } catch {
    return null;
  }
}
