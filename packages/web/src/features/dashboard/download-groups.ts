import type { Counts, DownloadStatus } from '@hermes/contracts';

export type GroupName = 'active' | 'queued' | 'finished';

interface Group {
  name: GroupName;
  title: string;
  statuses: readonly DownloadStatus[];
  /** What a column of times shows, and what the group says when it is looked at by itself and has nothing. */
  timeTitle: string;
  empty: string;
}

/** The three parts of the list, in the order of their urgency. */
export const GROUPS: readonly Group[] = [
  {
    name: 'active',
    title: 'Active',
    statuses: ['downloading', 'processing'],
    timeTitle: 'Time left',
    empty: 'Nothing is being downloaded right now.',
  },
  {
    name: 'queued',
    title: 'Queued',
    statuses: ['queued', 'paused'],
    timeTitle: 'Added',
    empty: 'Nothing is waiting.',
  },
  {
    name: 'finished',
    title: 'Finished',
    statuses: ['completed', 'failed', 'cancelled'],
    timeTitle: 'Ended',
    empty: 'Nothing has finished yet.',
  },
];

export function countOf(counts: Counts, statuses: readonly DownloadStatus[]): number {
  return statuses.reduce((sum, status) => sum + counts[status], 0);
}
