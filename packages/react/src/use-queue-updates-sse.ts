import type { QueueList } from './apply-event.ts';
import { useHermes } from './hermes-context.ts';
import { queueInterval } from './polling.ts';
import { type QueueFilters, queryKeys } from './query-keys.ts';
import { type StreamedListOptions, type StreamedQueryResult, useStreamedQuery } from './use-streamed-query.ts';

/** What a hook may ask that shows something of a list. */
export interface SelectedListOptions<Data> extends StreamedListOptions {
  /** What is shown of the list, as TanStack Query's own: while it answers the same as before, nothing is drawn. */
  select: (list: QueueList) => Data;
}

/** A list of downloads with the counts of every status, live: the first `limit` that match the filters. */
export function useQueueUpdatesSSE<Data>(
  filters: QueueFilters,
  options: SelectedListOptions<Data>,
): StreamedQueryResult<Data>;
export function useQueueUpdatesSSE(
  filters?: QueueFilters,
  options?: StreamedListOptions,
): StreamedQueryResult<QueueList>;
export function useQueueUpdatesSSE<Data>(
  filters: QueueFilters = {},
  { intervalMs, progressOf, select }: Partial<SelectedListOptions<Data>> = {},
): StreamedQueryResult<Data | QueueList> {
  const { api, writer } = useHermes();
  return useStreamedQuery<QueueList, Data | QueueList>({
    queryKey: queryKeys.queue(filters),
    fetch: async (signal) => writer.mergeQueueList(filters, await api.listDownloads(filters, { signal })),
    select,
    pollInterval: (list) => queueInterval(list?.counts),
    topics: ['downloads', 'queue', 'stats'],
    intervalMs,
    progressOf,
  });
}
