import { type PublicConfig, publicConfigSchema } from '@hermes/contracts';
import { type UseQueryResult, useQuery } from '@tanstack/react-query';

/** How often a server that was not there is tried again. */
const RETRY_MS = 5000;
/** How often a page that polls because it is told to asks whether it still has to. */
const RECHECK_MS = 45_000;

/**
 * `GET /config`, which needs no credential: whether there are streams, for how many browsers, and whether to log in.
 * Asked ahead of the provider, which is not to open a stream that it would have to close again; and once more now and
 * then while not every browser has a stream. While all do, a change is told on the stream itself.
 */
export function usePublicConfig(baseUrl: string): UseQueryResult<PublicConfig> {
  return useQuery<PublicConfig>({
    queryKey: ['config'],
    staleTime: Number.POSITIVE_INFINITY,
    refetchInterval: ({ state: { data } }) =>
      data === undefined ? RETRY_MS : hasStreamForAll(data) ? false : RECHECK_MS,
    queryFn: async ({ signal }) => {
      const response = await fetch(`${baseUrl}/config`, { signal, headers: { accept: 'application/json' } });
      if (!response.ok) throw new Error(`The server answered with status ${response.status}.`);
      return publicConfigSchema.parse(await response.json());
    },
  });
}

function hasStreamForAll({ sse_enabled, sse_rollout_percent }: PublicConfig): boolean {
  return sse_enabled && sse_rollout_percent === 100;
}
