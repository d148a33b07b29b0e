import type { Storage } from '@hermes/contracts';
import { useHermes } from './hermes-context.ts';
import { STORAGE_MS } from './polling.ts';
import { queryKeys } from './query-keys.ts';
import { type StreamedQueryResult, useStreamedQuery } from './use-streamed-query.ts';

/** What the disk below the download directory holds, live. */
export function useStorageSSE(): StreamedQueryResult<Storage> {
  const { api, writer } = useHermes();
  const queryKey = queryKeys.storage();
  return useStreamedQuery<Storage>({
    queryKey,
    fetch: async (signal) => writer.mergeState(queryKey, await api.getStorage({ signal })),
    pollInterval: () => STORAGE_MS,
    topics: ['storage'],
  });
}
