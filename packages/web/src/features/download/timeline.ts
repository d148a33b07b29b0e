import type { Download, DownloadStatus } from '@hermes/contracts';

export interface TimelineEntry {
  /** ISO 8601. */
  at: string;
  status: DownloadStatus | 'added' | 'started';
  /** More than the status says: why it failed, which try it is. */
  detail: string | null;
}

/** What a download itself tells of its past, oldest first. */
export function pastOf(download: Download): TimelineEntry[] {
  const { created_at, started_at, completed_at, status, error } = download;
  const entries: TimelineEntry[] = [{ at: created_at, status: 'added', detail: null }];
  if (started_at !== null) entries.push({ at: started_at, status: 'started', detail: null });
  if (completed_at !== null) entries.push({ at: completed_at, status, detail: error?.message ?? null });
  return entries;
}

/** Of a change of status that the stream told; null for one that is no news in a timeline. */
export function entryOf(download: Download, previous: DownloadStatus | null): TimelineEntry | null {
  if (download.status === previous) return null;
  const isAgain = download.status === 'downloading' && download.attempt > 1;
  return {
    at: download.completed_at ?? download.updated_at,
    status: download.status,
    detail: download.error?.message ?? (isAgain ? `Try ${download.attempt}` : null),
  };
}

/** Both, in order; what was seen to happen takes the place of what the download says of the same. */
export function mergeTimeline(past: readonly TimelineEntry[], seen: readonly TimelineEntry[]): TimelineEntry[] {
  const told = new Set(seen.map(({ at, status }) => `${at} ${status}`));
  return [...past.filter(({ at, status }) => !told.has(`${at} ${status}`)), ...seen].sort((a, b) =>
    a.at < b.at ? -1 : a.at > b.at ? 1 : 0,
  );
}
