import type { Period, Stats } from '@hermes/contracts';
import { useHermes } from './hermes-context.ts';
import { STATS_MS } from './polling.ts';
import { queryKeys } from './query-keys.ts';
import { type StreamedQueryResult, useStreamedQuery } from './use-streamed-query.ts';

/** Totals and averages over a period, live. */
export function useAnalyticsSSE(period: Period = 'week'): StreamedQueryResult<Stats> {
  const { api, writer } = useHermes();
  const queryKey = queryKeys.analyticsStats(period);
  return useStreamedQuery<Stats>({
    queryKey,
    fetch: async (signal) => writer.mergeState(queryKey, await api.getStats(period, { signal })),
    pollInterval: () => STATS_MS,
    topics: ['analytics'],
  });
}
