import { useQueryClient } from '@tanstack/react-query';
import { queryKeys } from './query-keys.ts';
import type { SystemEvent } from './system-events.ts';
import { type StreamedQueryResult, useStreamedQuery } from './use-streamed-query.ts';

/**
 * The service's notifications that this page has heard of, newest first, at most 100. They exist on the stream alone: without
 * one there are no new ones, and nothing is polled.
 */
export function useSystemEventsSSE(): StreamedQueryResult<readonly SystemEvent[]> {
  const client = useQueryClient();
  const key = queryKeys.systemEvents();
  return useStreamedQuery<readonly SystemEvent[]>({
    queryKey: key,
    fetch: async () => client.getQueryData<readonly SystemEvent[]>(key) ?? [],
    pollInterval: () => false,
    topics: ['system'],
  });
}
