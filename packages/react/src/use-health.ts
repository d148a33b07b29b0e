import type { Readiness } from '@hermes/contracts';
import { type UseQueryResult, useQuery } from '@tanstack/react-query';
import { useHermes } from './hermes-context.ts';
import { HEALTH_MS, shouldRetry } from './polling.ts';
import { queryKeys } from './query-keys.ts';

/** What the service depends on and how that is. No stream carries it: it is polled as long as somebody looks. */
export function useHealth(): UseQueryResult<Readiness> {
  const { api } = useHermes();
  return useQuery({
    queryKey: queryKeys.health(),
    queryFn: ({ signal }) => api.getReadiness({ signal }),
    refetchInterval: HEALTH_MS,
    retry: shouldRetry,
  });
}
