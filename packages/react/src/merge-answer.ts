import type { LogEvent, Read } from '@hermes/client';
import type { Download, ListDownloadsResponse } from '@hermes/contracts';
import { applyToDownload, applyToQueueList, matches, type QueueList } from './apply-event.ts';
import type { QueueFilters } from './query-keys.ts';

/** The newer of what the cache holds and what was fetched, brought up to date with what the stream has said since. */
export function mergeDownload(held: Download | undefined, answer: Download, since: readonly LogEvent[]): Download {
  return since.reduce(applyToDownload, newerOf(held, answer));
}

/**
 * A fetched list, whose rows are replaced by the cache's where those are as new, so that a row that has not changed
 * stays the same object; then brought up to date with what the stream has said since.
 */
export function mergeQueueList(
  held: QueueList | undefined,
  filters: QueueFilters,
  { data, cursor }: Read<ListDownloadsResponse>,
  since: readonly LogEvent[],
): QueueList {
  const rows = new Map(held?.items.map((row) => [row.download_id, row]));
  const items = data.items
    .map((row) => newerOf(rows.get(row.download_id), row))
    .filter((row) => matches(filters, row.status));
  return since.reduce<QueueList>((list, event) => applyToQueueList(list, filters, event), {
    ...data,
    items,
    as_of: cursor,
  });
}

function newerOf(held: Download | undefined, answer: Download): Download {
  return held !== undefined && held.seq >= answer.seq ? held : answer;
}
