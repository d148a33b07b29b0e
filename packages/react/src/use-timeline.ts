import type { Period, Timeline, TimelineSummary } from '@hermes/contracts';
import { useHermes } from './hermes-context.ts';
import { STATS_MS } from './polling.ts';
import { queryKeys } from './query-keys.ts';
import { type StreamedQueryResult, useStreamedQuery } from './use-streamed-query.ts';

/** What happened when within a period. Fetched again when the stream says that the statistics have changed. */
export function useTimeline(period: Period = 'week'): StreamedQueryResult<Timeline> {
  const { api, writer } = useHermes();
  const queryKey = queryKeys.timeline(period);
  return useStreamedQuery<Timeline>({
    queryKey,
    fetch: async (signal) => writer.noteAnswer(queryKey, await api.getTimeline(period, { signal })),
    pollInterval: () => STATS_MS,
    topics: ['analytics'],
  });
}

/** The timeline in a few numbers. */
export function useTimelineSummary(period: Period = 'week'): StreamedQueryResult<TimelineSummary> {
  const { api, writer } = useHermes();
  const queryKey = queryKeys.timelineSummary(period);
  return useStreamedQuery<TimelineSummary>({
    queryKey,
    fetch: async (signal) => writer.noteAnswer(queryKey, await api.getTimelineSummary(period, { signal })),
    pollInterval: () => STATS_MS,
    topics: ['analytics'],
  });
}
