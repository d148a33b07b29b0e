import type { LogEvent, Read } from '@hermes/client';
import type { Download, ListDownloadsResponse } from '@hermes/contracts';
import { applyToDownload, applyToQueueList, matches, type QueueList } from './apply-event.ts';
import type { QueueFilters } from './query-keys.ts';

/** The newer of what the cache holds and what was fetched, brought up to date with what the stream has said since. */
export function mergeDownload(held: Download | undefined, answer: Download, since: readonly LogEvent[]): Download {
  return since.reduce(applyToDownload, newerOf(held, answer));
}

/**
 * A fetched list, brought up to date with what the stream has said since. Then rows are replaced by the cache's where
 * those are as new, so that a row that has not changed stays the same object. In this order: an event whose row is
 * already there is taken for counted as well.
 */
export function mergeQueueList(
  held: QueueList | undefined,
  filters: QueueFilters,
  { data, cursor }: Read<ListDownloadsResponse>,
  since: readonly LogEvent[],
): QueueList {
  // Answers may overtake each other. Of an older one newer rows could be kept, but not its counts made newer: that takes
  // events which have not come yet, and which the newer rows would make seem counted.
  if (held?.as_of && cursor && held.as_of.epoch === cursor.epoch) {
    if (held.as_of.seq > Math.max(cursor.seq, since.at(-1)?.seq ?? 0)) return held;
  }
  const answered: QueueList = { ...data, as_of: cursor };
  const list = since.reduce((before, event) => applyToQueueList(before, filters, event), answered);
  const rows = new Map(held?.items.map((row) => [row.download_id, row]));
  const items = list.items
    .map((row) => newerOf(rows.get(row.download_id), row))
    .filter((row) => matches(filters, row.status));
  return { ...list, items };
}

function newerOf(held: Download | undefined, answer: Download): Download {
  return held !== undefined && held.seq >= answer.seq ? held : answer;
}
