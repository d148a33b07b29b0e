import type { Download, DownloadStatus } from '@hermes/contracts';
import type { LogEvent } from '@hermes/event-log';
import { makeNewDownload } from '../../../../tests/support/make-new-download.ts';

/** A download as it is when it has just been made. */
export function newDownload(id: string, created_at: string, rest: Partial<Download> = {}): Download {
  return { ...makeNewDownload(id, { created_at }), seq: 1, status: 'queued', attempt: 0, ...rest };
}

/** One that has ended; what is not said is made up. */
export function endedDownload(id: string, completed_at: string, rest: Partial<Download> = {}): Download {
  const size = 1000;
  const result = { path: `${id}.bin`, size, sha256: 'a'.repeat(64), content_type: null, duration_ms: 500 };
  const { status = 'completed' } = rest;
  return newDownload(id, rest.created_at ?? completed_at, {
    status,
    filename: `${id}.bin`,
    attempt: 1,
    started_at: completed_at,
    completed_at,
    updated_at: completed_at,
    error: status === 'failed' ? { code: 'TIMED_OUT', message: 'nothing came' } : null,
    result: status === 'completed' ? result : null,
    ...rest,
  });
}

/** What the log tells of it. */
export function statusFact(download: Download, previousStatus: DownloadStatus | null): LogEvent {
  const { seq, download_id: key, status } = download;
  const data = JSON.stringify({ ...download, previous_status: previousStatus });
  return { seq, event: 'download_status', key, status, previousStatus, data };
}

export function removedFact(seq: number, id: string, previous_status: DownloadStatus): LogEvent {
  const data = JSON.stringify({ action: 'removed', download_id: id, status: null, previous_status });
  return { seq, event: 'queue_update', key: id, status: null, previousStatus: previous_status, data };
}
