import type { Period, Timeline, TimelineSummary } from '@hermes/contracts';
import { useHermes } from './hermes-context.ts';
import { STATS_MS } from './polling.ts';
import { queryKeys } from './query-keys.ts';
import { type StreamedQueryResult, useStreamedQuery } from './use-streamed-query.ts';

/** What happened when within a period. Fetched again when the stream says that the statistics have changed. */
export function useTimeline(period: Period = 'week'): StreamedQueryResult<Timeline> {
  const { api } = useHermes();
  return useStreamedQuery<Timeline>({
    queryKey: queryKeys.timeline(period),
    fetch: async (signal) => (await api.getTimeline(period, { signal })).data,
    pollInterval: () => STATS_MS,
    topics: ['analytics'],
  });
}

/** The timeline in a few numbers. */
export function useTimelineSummary(period: Period = 'week'): StreamedQueryResult<TimelineSummary> {
  const { api } = useHermes();
  return useStreamedQuery<TimelineSummary>({
    queryKey: queryKeys.timelineSummary(period),
    fetch: async (signal) => (await api.getTimelineSummary(period, { signal })).data,
    pollInterval: () => STATS_MS,
    topics: ['analytics'],
  });
}
