import type { Counts, Download } from '@hermes/contracts';
import { type CachedQueueStats, queryKeys, useConnection, useProgressDemand, useQueueUpdatesSSE } from '@hermes/react';
import { skipToken, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { NOBODY } from '../downloads/progress-window.ts';
import { useNarrowProgress } from '../downloads/use-narrow-progress.ts';
import { GROUPS, type GroupName } from './download-groups.ts';

/** The most that the API hands out at once. */
const MOST = 100;
const FINISHED_AT_FIRST = 20;

const NO_PROGRESS = { progressOf: NOBODY };

const STATUSES = Object.fromEntries(GROUPS.map(({ name, statuses }) => [name, [...statuses]])) as Record<
  GroupName,
  Download['status'][]
>;

/** The three lists of the page. All are always there: the numbers above them have to be right whatever is shown. */
export function useDownloadGroups() {
  const [finishedLimit, setFinishedLimit] = useState(FINISHED_AT_FIRST);
  const { state } = useConnection();
  const active = useQueueUpdatesSSE({ status: STATUSES.active, limit: MOST }, NO_PROGRESS);
  const queued = useQueueUpdatesSSE({ status: STATUSES.queued, limit: MOST }, NO_PROGRESS);
  const finished = useQueueUpdatesSSE({ status: STATUSES.finished, limit: finishedLimit }, NO_PROGRESS);
  // Written by what the stream says; nothing that could be fetched.
  const { data: stats } = useQuery<CachedQueueStats>({ queryKey: queryKeys.queueStats(), queryFn: skipToken });
  const lists = { active, queued, finished };
  const all = [active, queued, finished];

  // A query without data forgets its error as soon as it tries again: without this the page would flicker while it polls.
  const [lastError, setLastError] = useState<Error | null>(null);
  const error = all.find((query) => query.error !== null)?.error ?? null;
  if (error !== null && error !== lastError) setLastError(error);

  const newest = all.reduce((one, other) => (other.dataUpdatedAt > one.dataUpdatedAt ? other : one));
  const counts: Counts | null = newest.data?.counts ?? null;
  const isNarrow = useNarrowProgress(counts);
  // Where many run, each part of the list asks for the progress of those of its rows that can be seen.
  useProgressDemand(isNarrow ? NOBODY : null);
  const listedSpeed = (active.data?.items ?? []).reduce((sum, { download_speed }) => sum + (download_speed ?? 0), 0);
  return {
    items: (name: GroupName): readonly Download[] => lists[name].data?.items ?? [],
    counts,
    /** Bytes per second over all that is active. */
    // Of rows that nobody sees the stream does not say how fast they are, only of all together.
    totalSpeed: isNarrow && state === 'live' ? (stats?.total_speed ?? listedSpeed) : listedSpeed,
    updatedAt: newest.dataUpdatedAt,
    /** The last request failed: what is shown does not even come by polling. */
    isFailing: all.some((query) => query.isError || query.failureCount > 0),
    isPending: all.some((query) => query.data === undefined && query.errorUpdateCount === 0),
    /** Only while there is nothing to show: over a list that is merely old, the banner says how old. */
    error: all.every((query) => query.data === undefined) ? lastError : null,
    retry: () => Promise.all(all.map((query) => query.refetch())),
    showMoreFinished: finishedLimit < MOST ? () => setFinishedLimit(MOST) : undefined,
  };
}
