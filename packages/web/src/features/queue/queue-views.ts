import { type Counts, DOWNLOAD_STATUSES, type DownloadStatus, isFinalStatus } from '@hermes/contracts';

export const QUEUE_VIEWS = [
  { name: 'unfinished', title: 'Unfinished', statuses: DOWNLOAD_STATUSES.filter((status) => !isFinalStatus(status)) },
  { name: 'active', title: 'Active', statuses: ['downloading', 'processing'] },
  { name: 'queued', title: 'Queued', statuses: ['queued'] },
  { name: 'paused', title: 'Paused', statuses: ['paused'] },
  { name: 'failed', title: 'Failed', statuses: ['failed'] },
  { name: 'completed', title: 'Completed', statuses: ['completed'] },
  { name: 'cancelled', title: 'Cancelled', statuses: ['cancelled'] },
  { name: 'all', title: 'All', statuses: DOWNLOAD_STATUSES },
] as const satisfies readonly { name: string; title: string; statuses: readonly DownloadStatus[] }[];

export type QueueViewName = (typeof QUEUE_VIEWS)[number]['name'];
export type QueueView = (typeof QUEUE_VIEWS)[number];

/** The first for a name that there is not: the address is the user's to change. */
export function queueView(name: unknown): QueueView {
  return QUEUE_VIEWS.find((view) => view.name === name) ?? QUEUE_VIEWS[0];
}

export function countOfView({ statuses }: QueueView, counts: Counts): number {
  return statuses.reduce((sum, status) => sum + counts[status], 0);
}
