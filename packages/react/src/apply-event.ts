import type { LogEvent } from '@hermes/client';
import {
  type Counts,
  type Cursor,
  DOWNLOAD_STATUSES,
  type Download,
  type DownloadStatus,
  isFinalStatus,
  type ListDownloadsResponse,
  type QueueStats,
} from '@hermes/contracts';
import type { QueueFilters } from './query-keys.ts';

/** A list as the cache holds it: what the API answered, and the position that it is true as of by now. */
export interface QueueList extends ListDownloadsResponse {
  as_of: Cursor | null;
}

/** The statistics as the cache holds them; `seq` as of a download. */
export interface CachedQueueStats extends QueueStats {
  seq: number;
}

type EventOf<Name extends LogEvent['event']> = Extract<LogEvent, { event: Name }>;

/** What the API takes for `limit` if it is given none. */
const DEFAULT_LIMIT = 20;

/** Every function here answers the very object that it was given when the event changes nothing about it. */
export function applyToDownload(held: Download, event: LogEvent): Download {
  if (event.seq <= held.seq) return held;
  if (event.event === 'download_status' && event.data.download_id === held.download_id) return downloadOf(event);
  if (event.event === 'download_progress' && event.data.download_id === held.download_id) {
    return applyProgress(held, event);
  }
  return held;
}

function applyProgress(held: Download, { data, seq }: EventOf<'download_progress'>): Download {
  if (isFinalStatus(held.status)) return held;
  // An engine that fetches in parts counts each from zero: a bar that jumps back says that work was lost. It was not.
  const isBehind = data.progress !== null && held.progress !== null && data.progress < held.progress;
  return {
    ...held,
    seq,
    status: data.status,
    progress: isBehind && data.status === held.status ? held.progress : data.progress,
    downloaded_bytes: data.downloaded_bytes,
    total_bytes: data.total_bytes,
    download_speed: data.download_speed,
    eta: data.eta,
  };
}

function downloadOf({ data, seq }: EventOf<'download_status'>): Download {
  const { previous_status: _, ...download } = data;
  return { ...download, seq };
}

export function applyToQueueList(held: QueueList, filters: QueueFilters, event: LogEvent): QueueList {
  switch (event.event) {
    case 'download_progress':
    case 'download_status':
      return applyDownloadEvent(held, filters, event);
    case 'queue_update':
      return event.data.action === 'removed' ? applyRemoval(held, filters, event) : held;
    case 'queue_stats':
      return isNews(held, event) ? withCounts(held, filters, event.data.counts, event) : held;
    default:
      return held;
  }
}

function applyDownloadEvent(
  held: QueueList,
  filters: QueueFilters,
  event: EventOf<'download_progress' | 'download_status'>,
): QueueList {
  const index = held.items.findIndex((row) => row.download_id === event.data.download_id);
  const row = held.items[index];
  if (row === undefined) {
    // A row that is not listed and whose event is no news has left the list, or never was of it.
    return event.event === 'download_status' && isNews(held, event)
      ? count(addRow(held, filters, downloadOf(event)), filters, event)
      : held;
  }
  const next = applyToDownload(row, event);
  if (next === row) return held;
  const items = matches(filters, next.status) ? held.items.with(index, next) : held.items.toSpliced(index, 1);
  const list = { ...held, items };
  return event.event === 'download_status' ? count(list, filters, event) : { ...list, as_of: later(held.as_of, event) };
}

function applyRemoval(held: QueueList, filters: QueueFilters, event: EventOf<'queue_update'>): QueueList {
  const items = held.items.filter((row) => row.download_id !== event.data.download_id || row.seq > event.seq);
  if (items.length === held.items.length && !isNews(held, event)) return held;
  return count({ ...held, items }, filters, {
    ...event,
    data: { status: null, previous_status: event.data.previous_status },
  });
}

/** Puts a row that is not listed where the API would list it; one that lies beyond the page stays out. */
export function addRow(held: QueueList, filters: QueueFilters, row: Download): QueueList {
  if (!matches(filters, row.status)) return held;
  const compare = isHistory(filters)
    ? (other: Download) => compareAge(other, row)
    : (other: Download) => compareTurn(row, other);
  const before = held.items.findIndex((other) => compare(other) < 0);
  const index = before < 0 ? held.items.length : before;
  if (index === held.items.length && held.next_cursor !== null) return held;
  const items = held.items.toSpliced(index, 0, row).slice(0, filters.limit ?? DEFAULT_LIMIT);
  return { ...held, items };
}

/** The API lists what waits by priority and then oldest first; newest first as soon as something that has ended is wanted. */
function isHistory({ status }: QueueFilters): boolean {
  return status?.some(isFinalStatus) === true;
}

/** A place that was given by hand is known to the API alone: then the list is asked for again. */
function compareTurn(a: Download, b: Download): number {
  return a.priority === b.priority ? compareAge(a, b) : b.priority - a.priority;
}

function compareAge(a: Download, b: Download): number {
  if (a.created_at !== b.created_at) return a.created_at < b.created_at ? -1 : 1;
  return a.download_id < b.download_id ? -1 : 1;
}

/** Carries a change of status over to the counts. */
function count(
  list: QueueList,
  filters: QueueFilters,
  event: {
    data: { status: DownloadStatus | null; previous_status: DownloadStatus | null };
    seq: number;
    epoch: string;
  },
): QueueList {
  const { status, previous_status } = event.data;
  if (!isNews(list, event) || status === previous_status) return { ...list, as_of: later(list.as_of, event) };
  const counts = { ...list.counts };
  if (previous_status !== null) counts[previous_status] = Math.max(0, counts[previous_status] - 1);
  if (status !== null) counts[status] += 1;
  return withCounts(list, filters, counts, event);
}

export function withCounts(list: QueueList, filters: QueueFilters, counts: Counts, asOf: Cursor): QueueList {
  if (DOWNLOAD_STATUSES.every((status) => counts[status] === list.counts[status])) {
    const as_of = later(list.as_of, asOf);
    return as_of === list.as_of ? list : { ...list, as_of };
  }
  const total = DOWNLOAD_STATUSES.reduce((sum, status) => sum + (matches(filters, status) ? counts[status] : 0), 0);
  return { ...list, counts, total, as_of: later(list.as_of, asOf) };
}

/** Whether the list may lack what happened at that position. Of a list without a position: it may. */
function isNews(list: QueueList, { seq }: { seq: number }): boolean {
  return list.as_of === null || seq > list.as_of.seq;
}

/** A list without a position stays without: one event does not tell all that happened before it. */
function later(held: Cursor | null, { epoch, seq }: Cursor): Cursor | null {
  return held === null || held.seq >= seq ? held : { epoch, seq };
}

export function matches(filters: QueueFilters, status: DownloadStatus): boolean {
  return filters.status === undefined ? !isFinalStatus(status) : filters.status.includes(status);
}

/** Whether the page holds as many rows as it should: after rows left a long list, the next ones must be asked for. */
export function isFullPage(list: QueueList, filters: QueueFilters): boolean {
  const due = Math.min(filters.limit ?? DEFAULT_LIMIT, list.total);
  return list.items.length === due && (list.next_cursor !== null) === list.total > due;
}

/** A download that ends enters the history; one that is tried again or removed leaves it. */
export function changesHistory(event: LogEvent): boolean {
  if (event.event !== 'queue_update') return false;
  const { action, status, previous_status } = event.data;
  return action === 'removed' || [status, previous_status].some((one) => one !== null && isFinalStatus(one));
}

/** One that is given another place, or goes behind all of its priority: resumed, or tried again. Where to, the API knows. */
export function changesOrder(event: LogEvent): boolean {
  if (event.event !== 'queue_update') return false;
  const { action, previous_status } = event.data;
  if (action === 'reordered' || action === 'resumed') return true;
  return action !== 'removed' && previous_status !== null && isFinalStatus(previous_status);
}

/** The statistics, as far as all open downloads tell them. */
export function queueStatsOf(counts: Counts, downloads: readonly Download[], seq: number): CachedQueueStats {
  return { counts, total_speed: downloads.reduce((sum, row) => sum + (row.download_speed ?? 0), 0), seq };
}
