import type { ApiKey } from '@hermes/contracts';
import { type UseQueryResult, useQuery } from '@tanstack/react-query';
import { useHermes } from './hermes-context.ts';
import { API_KEYS_MS, shouldRetry } from './polling.ts';
import { queryKeys } from './query-keys.ts';

/** The keys that open this service. No stream carries them: they are polled as long as somebody looks. */
export function useApiKeys(): UseQueryResult<ApiKey[]> {
  const { api } = useHermes();
  return useQuery({
    queryKey: queryKeys.apiKeys(),
    queryFn: ({ signal }) => api.listApiKeys({ signal }),
    refetchInterval: API_KEYS_MS,
    retry: shouldRetry,
  });
}
