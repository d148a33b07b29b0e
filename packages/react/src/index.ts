export {
  type BulkAction,
  type HermesApi,
  HermesApiError,
  type HistoryFilters,
  isLogEvent,
  type LogEvent,
  type Read,
  type StreamEvent,
} from '@hermes/client';
export { applyToDownload, type CachedQueueStats, type QueueList } from './apply-event.ts';
export { ConnectionStatus } from './connection-status.tsx';
export { HermesProvider, type HermesProviderProps } from './provider.tsx';
export { type QueueFilters, queryKeys } from './query-keys.ts';
export type { StreamInterval } from './stream-interval.ts';
export type { SystemEvent } from './system-events.ts';
export { useAnalyticsSSE } from './use-analytics-sse.ts';
export { useApiKeys } from './use-api-keys.ts';
export { type Connection, useConnection } from './use-connection.ts';
export { useDownloadProgressSSE } from './use-download-progress-sse.ts';
export { useHealth } from './use-health.ts';
export { useHermesApi } from './use-hermes-api.ts';
export { useHistory } from './use-history.ts';
export { useProgressDemand } from './use-progress-demand.ts';
export { type SelectedListOptions, useQueueUpdatesSSE } from './use-queue-updates-sse.ts';
export { type UseSSEOptions, type UseSSEResult, useSSE } from './use-sse.ts';
export { useStorageSSE } from './use-storage-sse.ts';
export { useStreamEvents } from './use-stream-events.ts';
export type { StreamedListOptions, StreamedQueryOptions, StreamedQueryResult } from './use-streamed-query.ts';
export { useSystemEventsSSE } from './use-system-events-sse.ts';
export { useTimeline, useTimelineSummary } from './use-timeline.ts';
