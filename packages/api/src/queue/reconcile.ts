import { type Download, isFinalStatus, queueRank, rankOfScore } from '@hermes/contracts';
import { readDownload, readPosition, readSnapshot, type SnapshotPage } from '@hermes/event-log';
import { isRedisAway } from '@hermes/runtime';
import { fromRow, parseDownload } from '../database/download-rows.ts';
import type { DownloadsTable } from '../database/schema.ts';
import type { DownloadsProjection } from '../projections/downloads-projection.ts';
import { foldRecords } from '../projections/fold-downloads.ts';
import type { Service } from '../service.ts';
import { correctCounts } from './correct-counts.ts';
import { jobFor } from './enqueue-downloads.ts';
import { removeUnwantedJobs } from './remove-jobs.ts';
import { restoreDownload } from './restore-download.ts';

const PAGE = 200;

/** What did not match, and was mended. */
export interface ReconcileReport {
  /** Downloads that Redis had forgotten. */
  restored: number;
  /** Downloads that Redis held for open and that had ended. */
  closed: number;
  /** Downloads that the database did not know, or knew as open when they had ended. */
  folded: number;
}

/**
 * Makes database, log, queue, counts and credentials agree. Every step may be repeated, interrupted, or done by two APIs
 * at once. What a worker does meanwhile is no harm either: it is fenced by its attempt.
 * @throws an ioredis error if Redis goes away: to be run again.
 */
export async function reconcile(service: Service, projection: DownloadsProjection): Promise<ReconcileReport> {
  await service.mirror.mirrorAll(service.credentials);
  // What the log tells of comes first: a download that ended while this API was down must not be taken for a lost one.
  await projection.drain();
  const report: ReconcileReport = { restored: 0, closed: 0, folded: 0 };
  await restoreForgotten(service, report);
  await enqueueOpen(service, report);
  await correctCounts(service, projection);
  return report;
}

/** From the database: what has not ended and Redis does not know, or knows as ended although no fact told so. */
async function restoreForgotten(service: Service, report: ReconcileReport): Promise<void> {
  const { redis, keys, publisher, downloads } = service;
  let after = '';
  for (;;) {
    const rows = await downloads.findOpen(after, PAGE);
    const { epoch } = await readPosition(redis, keys);
    const records = await Promise.all(rows.map((row) => readRecord(service, row.download_id)));
    for (const [at, row] of rows.entries()) {
      const record = records[at];
      if (record === undefined) continue;
      if (record === null) {
        await restoreDownload(publisher, row);
        report.restored += 1;
      } else if (isFinalStatus(record.status) && epoch !== '') {
        report.folded += await foldRecords(service.database, [record], epoch);
      }
    }
    const last = rows.at(-1);
    if (last === undefined || rows.length < PAGE) return;
    after = last.download_id;
  }
}

/** @returns null if Redis does not know it; undefined if it knows something that is no download: one must not stop all. */
async function readRecord({ redis, keys, logger }: Service, id: string): Promise<Download | null | undefined> {
  try {
    return await readDownload(redis, keys, id);
  } catch (error) {
    if (isRedisAway(error)) throw error;
    logger.error({ err: error, download_id: id }, 'the record of a download cannot be read');
    return undefined;
  }
}

/** From Redis: everything open gets its job, unless the database knows that it has ended. */
async function enqueueOpen(service: Service, report: ReconcileReport): Promise<void> {
  const { redis, keys, downloads, queue } = service;
  for (let next: number | null = null; ; ) {
    const page: SnapshotPage = await readSnapshot(redis, keys, next, PAGE);
    next = page.next;
    const ranks = new Map<string, number>();
    const open: Download[] = [];
    for (const [at, json] of page.downloads.entries()) {
      const download = parseDownload(json);
      if (download === null) continue;
      open.push(download);
      // Also where it was moved to by hand.
      ranks.set(download.download_id, rankOfScore(page.scores[at] ?? 0) || queueRank(download.priority));
    }
    const ids = open.map((download) => download.download_id);
    const rows = await downloads.findMany(ids);
    report.folded += await foldRecords(
      service.database,
      open.filter((download) => !rows.has(download.download_id)),
      page.cursor.epoch,
    );
    const jobs = await downloads.findJobs(ids);
    const waiting: Download[] = [];
    for (const download of open) {
      const row = rows.get(download.download_id);
      if (row !== undefined && isFinalStatus(row.status)) {
        // In this life of the log: it ended a moment ago, after the page was read.
        if (row.epoch !== page.cursor.epoch && (await closeDownload(service, row))) report.closed += 1;
      } else if (download.status !== 'paused') {
        waiting.push(download);
      }
    }
    await queue.add(
      waiting.map((download) => ({
        job: jobs.get(download.download_id) ?? jobFor(download),
        rank: ranks.get(download.download_id) ?? queueRank(download.priority),
      })),
    );
    // What was paused, or has ended, between the page and the queue has lost its job to somebody else already.
    await removeUnwantedJobs(
      service,
      waiting.map(({ download_id }) => download_id),
    );
    if (next === null) return;
  }
}

/** A Redis that was rolled back believes that it is still open. */
async function closeDownload(service: Service, row: DownloadsTable): Promise<boolean> {
  const { download_id, seq: _, status, attempt: _attempt, ...facts } = fromRow(row);
  const { accepted } = await service.publisher.publishStatus(download_id, 'current', status, facts);
  await service.queue.remove([download_id]);
  return accepted;
}
