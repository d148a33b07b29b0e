import { type PublicConfig, publicConfigSchema } from '@hermes/contracts';
import { type UseQueryResult, useQuery } from '@tanstack/react-query';

/** How often a server that was not there is tried again. */
const RETRY_MS = 5000;

/**
 * `GET /config`, which needs no credential: whether there are streams, for how many browsers, and whether to log in.
 * Asked once, ahead of the provider, which is not to open a stream that it would have to close again.
 */
export function usePublicConfig(baseUrl: string): UseQueryResult<PublicConfig> {
  return useQuery({
    queryKey: ['config'],
    staleTime: Number.POSITIVE_INFINITY,
    refetchInterval: ({ state }) => (state.data === undefined ? RETRY_MS : false),
    queryFn: async ({ signal }) => {
      const response = await fetch(`${baseUrl}/config`, { signal, headers: { accept: 'application/json' } });
      if (!response.ok) throw new Error(`The server answered with status ${response.status}.`);
      return publicConfigSchema.parse(await response.json());
    },
  });
}
