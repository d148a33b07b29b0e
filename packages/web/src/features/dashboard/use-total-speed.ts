import type { Download } from '@hermes/contracts';
import { type CachedQueueStats, queryKeys, useConnection } from '@hermes/react';
import { skipToken, useQuery } from '@tanstack/react-query';
import { useCalm } from '../downloads/use-calm.ts';

/**
 * Bytes per second over all that is active; it changes about once a second. While the stream is live it says so itself:
 * of rows that nobody sees it does not say how fast they are.
 *
 * @param active the rows that are, as they were fetched
 */
export function useTotalSpeed(active: readonly Download[]): number {
  const { state } = useConnection();
  // Written by what the stream says; nothing that could be fetched.
  const { data: stats } = useQuery<CachedQueueStats>({ queryKey: queryKeys.queueStats(), queryFn: skipToken });
  const said = state === 'live' ? stats?.total_speed : undefined;
  return useCalm(said ?? active.reduce((sum, { download_speed }) => sum + (download_speed ?? 0), 0));
}
