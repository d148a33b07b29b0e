import { type BulkAction, type DownloadStatus, isFinalStatus } from '@hermes/contracts';
import type { KnownEnd, Publisher, Verdict } from '@hermes/event-log';
import { ProblemError } from '@hermes/runtime';
import { fromRow } from '../database/download-rows.ts';
import type { DownloadsTable } from '../database/schema.ts';

/** What a person may decide about a download that is there. */
export type DownloadAction = BulkAction;

const AT_REST = { download_speed: null, eta: null };

/**
 * Statuses that an action does not lead out of and that are what was wanted: it is under way, or about to be. Asking
 * twice is as good as once.
 */
const WANTED: Readonly<Partial<Record<DownloadAction, readonly DownloadStatus[]>>> = {
  resume: ['queued', 'downloading', 'processing'],
  retry: ['queued', 'downloading', 'processing'],
};

/**
 * Tells the log of an action on one download.
 * @param row what the database knows, where the log has forgotten it.
 */
export async function tellAction(
  publisher: Publisher,
  action: DownloadAction,
  id: string,
  row: DownloadsTable | null,
): Promise<Verdict> {
  switch (action) {
    case 'cancel':
      return publisher.publishStatus(id, 'current', 'cancelled', {
        ...AT_REST,
        completed_at: new Date().toISOString(),
      });
    case 'pause':
      return publisher.publishStatus(id, 'current', 'paused', AT_REST);
    case 'resume':
      return publisher.resumeDownload(id);
    case 'retry': {
      const { seq: _, status: _status, attempt: _attempt, ...whole } = row === null ? emptyDownload : fromRow(row);
      return publisher.retryDownload(id, whole, endOf(row));
    }
    case 'delete': {
      const removed = await publisher.removeDownload(id, endOf(row));
      if (removed.accepted || removed.reason !== 'status') return removed;
      const cancelled = await tellAction(publisher, 'cancel', id, null);
      const verdict = await publisher.removeDownload(id, null);
      // Whether a worker had it is known to the first of the two.
      return verdict.accepted && cancelled.accepted ? { ...verdict, previous: cancelled.previous } : verdict;
    }
  }
}

const emptyDownload: Partial<ReturnType<typeof fromRow>> = {};

function endOf(row: DownloadsTable | null): KnownEnd | null {
  return row === null || !isFinalStatus(row.status) ? null : { status: row.status, attempt: row.attempt };
}

/** @returns null if the action was carried out, or was not needed. */
export function refusalOf(action: DownloadAction, verdict: Verdict): ProblemError | null {
  if (verdict.accepted) return null;
  const { reason, status } = verdict;
  if (reason === 'unknown' || status === null) return new ProblemError('DOWNLOAD_NOT_FOUND');
  if (WANTED[action]?.includes(status)) return null;
  if (isFinalStatus(status) && action !== 'retry') {
    return finalProblem(status);
  }
  return new ProblemError('STATUS_CONFLICT', { detail: `${ADVICE[action]}; this one is ${status}` });
}

export function finalProblem(status: DownloadStatus): ProblemError {
  return new ProblemError('DOWNLOAD_FINAL', { detail: `The download has already ended as ${status}` });
}

const ADVICE: Readonly<Record<DownloadAction, string>> = {
  cancel: 'Only a download that has not ended can be cancelled',
  pause: 'Only a download that is queued or downloading can be paused',
  resume: 'Only a paused download can be resumed',
  retry: 'Only a failed or cancelled download can be tried again',
  delete: 'The download began again at this moment',
};
