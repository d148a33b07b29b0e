import type { QueueList } from './apply-event.ts';
import { useHermes } from './hermes-context.ts';
import { queueInterval } from './polling.ts';
import { type QueueFilters, queryKeys } from './query-keys.ts';
import { type StreamedListOptions, type StreamedQueryResult, useStreamedQuery } from './use-streamed-query.ts';

/** A list of downloads with the counts of every status, live: the first `limit` that match the filters. */
export function useQueueUpdatesSSE(
  filters: QueueFilters = {},
  { intervalMs, progressOf }: StreamedListOptions = {},
): StreamedQueryResult<QueueList> {
  const { api, writer } = useHermes();
  return useStreamedQuery<QueueList>({
    queryKey: queryKeys.queue(filters),
    fetch: async (signal) => writer.mergeQueueList(filters, await api.listDownloads(filters, { signal })),
    pollInterval: (list) => queueInterval(list?.counts),
    topics: ['downloads', 'queue', 'stats'],
    intervalMs,
    progressOf,
  });
}
