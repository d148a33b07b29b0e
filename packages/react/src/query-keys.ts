import type { HistoryFilters } from '@hermes/client';
import type { DownloadStatus, Period } from '@hermes/contracts';

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
  analyticsStats: (period: Period) => ['analytics', 'stats', period] as const,
  timeline: (period: Period) => ['timeline', period] as const,
  timelineSummary: (period: Period) => ['timeline', 'summary', period] as const,
  storage: () => ['storage', 'info'] as const,
  history: (filters: HistoryFilters) => ['history', filters] as const,
  apiKeys: () => ['settings', 'api-keys'] as const,
  health: () => ['health'] as const,
  systemEvents: () => ['system', 'events'] as const,
};

/** Begins the keys of every list, and that of the statistics. */
export const QUEUE_PREFIX = ['queue'] as const;
export const ANALYTICS_PREFIX = ['analytics'] as const;
export const TIMELINE_PREFIX = ['timeline'] as const;
export const HISTORY_PREFIX = ['history'] as const;
export const DOWNLOAD_PROGRESS_PREFIX = ['download', 'progress'] as const;
