import type { Download } from '@hermes/contracts';
import { useHermes } from './hermes-context.ts';
import { progressInterval } from './polling.ts';
import { queryKeys } from './query-keys.ts';
import { type StreamedQueryOptions, type StreamedQueryResult, useStreamedQuery } from './use-streamed-query.ts';

/**
 * One download, live: the stream carries its progress, and none of others for this hook.
 *
 * @param id null while there is none yet: nothing is fetched then
 */
export function useDownloadProgressSSE(
  id: string | null,
  { intervalMs }: StreamedQueryOptions = {},
): StreamedQueryResult<Download> {
  const { api, writer } = useHermes();
  return useStreamedQuery<Download>({
    queryKey: queryKeys.downloadProgress(id ?? ''),
    fetch: async (signal) => writer.mergeDownload(id ?? '', await api.getDownload(id ?? '', { signal })),
    pollInterval: progressInterval,
    topics: ['downloads'],
    progressOf: id === null ? [] : [id],
    intervalMs,
    enabled: id !== null,
  });
}
