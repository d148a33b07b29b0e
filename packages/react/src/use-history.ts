import type { HistoryFilters } from '@hermes/client';
import type { HistoryResponse } from '@hermes/contracts';
import { useHermes } from './hermes-context.ts';
import { queryKeys } from './query-keys.ts';
import { type StreamedQueryResult, useStreamedQuery } from './use-streamed-query.ts';

/** One page of what has ended, newest first. It is not polled; a download that ends has it fetched again. Until the page for other filters is there, the one before is shown. */
export function useHistory(filters: HistoryFilters = {}): StreamedQueryResult<HistoryResponse> {
  const { api, writer } = useHermes();
  const queryKey = queryKeys.history(filters);
  return useStreamedQuery<HistoryResponse>({
    queryKey,
    fetch: async (signal) => writer.noteHistory(queryKey, await api.listHistory(filters, { signal })),
    pollInterval: () => false,
    topics: ['queue'],
    keepsPrevious: true,
  });
}
