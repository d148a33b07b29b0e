import type { Counts, Download } from '@hermes/contracts';
import {
  type QueueFilters,
  type QueueList,
  queryKeys,
  useConnection,
  useProgressDemand,
  useQueueUpdatesSSE,
} from '@hermes/react';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { NOBODY } from '../downloads/progress-window.ts';
import { useNarrowProgress } from '../downloads/use-narrow-progress.ts';
import { GROUPS, type GroupName } from './download-groups.ts';
import { createDrawnList } from './drawn-list.ts';
import { ListedRows } from './listed-rows.ts';

/** The most that the API hands out at once. */
const MOST = 100;
const FINISHED_AT_FIRST = 20;

const STATUSES = Object.fromEntries(GROUPS.map(({ name, statuses }) => [name, [...statuses]])) as Record<
  GroupName,
  Download['status'][]
>;
const ACTIVE: QueueFilters = { status: STATUSES.active, limit: MOST };
const QUEUED: QueueFilters = { status: STATUSES.queued, limit: MOST };

/**
 * The three lists of the page. All are always there: the numbers above them have to be right whatever is shown. While the
 * stream is live, what runs in a row is told by `activeRows`, and the page is drawn for the rest alone.
 */
export function useDownloadGroups() {
  const client = useQueryClient();
  const [finishedLimit, setFinishedLimit] = useState(FINISHED_AT_FIRST);
  const finishedFilters: QueueFilters = { status: STATUSES.finished, limit: finishedLimit };
  const active = useList(ACTIVE);
  const queued = useList(QUEUED);
  const finished = useList(finishedFilters);
  const lists = { active, queued, finished };
  const all = [active, queued, finished];
  const states = () =>
    [ACTIVE, QUEUED, finishedFilters].map((filters) => client.getQueryState(queryKeys.queue(filters)));

  const [activeRows] = useState(() => new ListedRows(client, queryKeys.queue(ACTIVE)));
  useEffect(() => activeRows.follow(), [activeRows]);

  // A query without data forgets its error as soon as it tries again: without this the page would flicker while it polls.
  const [lastError, setLastError] = useState<Error | null>(null);
  const error = all.find((query) => query.error !== null)?.error ?? null;
  if (error !== null && error !== lastError) setLastError(error);

  // Not by what the lists say of themselves: the page would be drawn whenever they are written.
  const ages = states().map((state) => state?.dataUpdatedAt ?? 0);
  const counts: Counts | null = all[ages.indexOf(Math.max(...ages))]?.data?.counts ?? null;
  const isNarrow = useNarrowProgress(counts);
  // Where many run, each part of the list asks for the progress of those of its rows that can be seen.
  useProgressDemand(isNarrow ? NOBODY : null);
  return {
    items: (name: GroupName): readonly Download[] => lists[name].data?.items ?? [],
    activeRows,
    counts,
    updatedAt: () => Math.max(...states().map((state) => state?.dataUpdatedAt ?? 0)),
    /** The last request failed: what is shown does not even come by polling. */
    isFailing: all.some((query) => query.isError || query.failureCount > 0),
    isPending: all.some((query) => query.data === undefined && query.errorUpdateCount === 0),
    /** Only while there is nothing to show: over a list that is merely old, the banner says how old. */
    error: all.every((query) => query.data === undefined) ? lastError : null,
    retry: () => Promise.all(all.map((query) => query.refetch())),
    showMoreFinished: finishedLimit < MOST ? () => setFinishedLimit(MOST) : undefined,
  };
}

function useList(filters: QueueFilters) {
  const isLive = useConnection().state === 'live';
  const [select] = useState(createDrawnList);
  return useQueueUpdatesSSE(filters, { progressOf: NOBODY, select: isLive ? select : whole });
}

const whole = (list: QueueList) => list;
