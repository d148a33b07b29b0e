import type { Counts, Cursor, Download, Snapshot } from '@hermes/contracts';
import { DOWNLOAD_STATUSES, isFinalStatus } from '@hermes/contracts';
import { addRow, matches, type QueueList, withCounts } from './apply-event.ts';
import type { QueueFilters } from './query-keys.ts';

/** All pages of a snapshot, put together. */
export interface WholeSnapshot {
  asOf: Cursor;
  downloads: ReadonlyMap<string, Download>;
  counts: Counts;
  /** Whether every open download is in it, and not only counted. */
  isComplete: boolean;
}

/** Puts the pages together; null until the last has come. */
export function addPage(pages: Snapshot[], page: Snapshot, asOf: Cursor | null): WholeSnapshot | null {
  if (page.page === 1) pages.length = 0;
  pages.push(page);
  if (!page.last || asOf === null) return null;
  const downloads = new Map(pages.flatMap((one) => one.downloads.map((row) => [row.download_id, row])));
  pages.length = 0;
  const open = DOWNLOAD_STATUSES.reduce((sum, status) => sum + (isFinalStatus(status) ? 0 : page.counts[status]), 0);
  return { asOf, downloads, counts: page.counts, isComplete: downloads.size >= open };
}

/** What a snapshot makes of a cache entry. */
export interface Reconciled<Entry> {
  entry: Entry;
  /** The snapshot does not tell all that may have happened to the entry: it must be fetched. */
  isDoubtful: boolean;
}

/** A download that was open and is missing from what is open has ended meanwhile; how, only the API can tell. */
export function applySnapshotToDownload(held: Download, snapshot: WholeSnapshot): Reconciled<Download> {
  const row = snapshot.downloads.get(held.download_id);
  if (row !== undefined) return { entry: row.seq > held.seq ? row : held, isDoubtful: false };
  return { entry: held, isDoubtful: !isFinalStatus(held.status) && held.seq < snapshot.asOf.seq };
}

export function applySnapshotToQueueList(
  held: QueueList,
  filters: QueueFilters,
  snapshot: WholeSnapshot,
): Reconciled<QueueList> {
  if (held.as_of?.epoch === snapshot.asOf.epoch && held.as_of.seq >= snapshot.asOf.seq) {
    return { entry: held, isDoubtful: false };
  }
  let isDoubtful = !snapshot.isComplete || filters.status?.some(isFinalStatus) === true;
  let isChanged = false;
  const items: Download[] = [];
  for (const row of held.items) {
    const { entry, isDoubtful: isMissing } = applySnapshotToDownload(row, snapshot);
    isDoubtful ||= isMissing;
    isChanged ||= entry !== row;
    if (matches(filters, entry.status)) items.push(entry);
  }
  let list = isChanged ? { ...held, items } : held;
  const listed = new Set(held.items.map((row) => row.download_id));
  for (const row of snapshot.downloads.values()) {
    if (!listed.has(row.download_id)) list = addRow(list, filters, row);
  }
  return { entry: withCounts(list, filters, snapshot.counts, snapshot.asOf), isDoubtful };
}
