import type { DownloadStatus } from '@hermes/contracts';

/** What `useQueueUpdatesSSE` lists. */
export interface QueueFilters {
  /** Default: everything that is not final. */
  status?: DownloadStatus[];
  /** 1–100, default 20. */
  limit?: number;
}

/** Where everything lives in the TanStack Query cache. */
export const queryKeys = {
  downloadProgress: (id: string) => ['download', 'progress', id] as const,
  queue: (filters: QueueFilters) => ['queue', filters] as const,
  queueStats: () => ['queue', 'stats'] as const,
};

/** Begins the keys of every list, and that of the statistics. */
export const QUEUE_PREFIX = ['queue'] as const;
export const DOWNLOAD_PROGRESS_PREFIX = ['download', 'progress'] as const;
