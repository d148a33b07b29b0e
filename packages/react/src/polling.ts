import type { ConnectionState } from '@hermes/client';
import { HermesApiError } from '@hermes/client';
import { type Counts, DOWNLOAD_STATUSES, type Download, isActiveStatus, isFinalStatus } from '@hermes/contracts';

const PROGRESS_MS = 2_000;
const QUEUE_ACTIVE_MS = 2_000;
const QUEUE_WAITING_MS = 10_000;
const QUEUE_IDLE_MS = 30_000;
/** Of statistics and timelines. */
export const STATS_MS = 30_000;
export const HEALTH_MS = 30_000;
export const STORAGE_MS = 60_000;
export const API_KEYS_MS = 60_000;

/**
 * Whether data must be fetched because no stream brings it. Not while a short gap may still close by itself, and not
 * after the stream's credential was refused: a fetch would be refused as well.
 */
export function shouldPoll(connection: ConnectionState, sseEnabled: boolean): boolean {
  return !sseEnabled || connection.state === 'polling';
}

/** For TanStack Query's `refetchInterval`, in milliseconds. */
export function progressInterval(download: Download | undefined): number | false {
  return download !== undefined && isFinalStatus(download.status) ? false : PROGRESS_MS;
}

export function queueInterval(counts: Counts | undefined): number {
  if (counts === undefined) return QUEUE_ACTIVE_MS;
  if (DOWNLOAD_STATUSES.some((status) => isActiveStatus(status) && counts[status] > 0)) return QUEUE_ACTIVE_MS;
  return counts.queued > 0 ? QUEUE_WAITING_MS : QUEUE_IDLE_MS;
}

const MAX_RETRIES = 3;

/** For TanStack Query's `retry`: what the server refused it will refuse again. */
export function shouldRetry(failures: number, error: Error): boolean {
  const isRefusal = error instanceof HermesApiError && error.status !== null && error.status < 500;
  return !isRefusal && failures < MAX_RETRIES;
}
