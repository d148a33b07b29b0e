export {
  type ApiClientOptions,
  type BulkAction,
  type CallOptions,
  createApiClient,
  type ExportFilters,
  type HermesApi,
  type HistoryFilters,
  type ListDownloadsFilters,
  type NewApiKey,
  type NewDownload,
} from './api-client.ts';
export { HermesApiError } from './api-error.ts';
export { authorization } from './authorization.ts';
export type { ConnectionPhase, ConnectionState, ReadonlyConnection } from './connection-state.ts';
export type { Demand } from './demand.ts';
export { unionOf } from './demand.ts';
export { EventStream, type EventStreamOptions } from './event-stream.ts';
export { pollingReasonOf } from './polling-reason.ts';
export type { StreamTiming } from './reconnect-policy.ts';
export type { Read } from './request.ts';
export { isLogEvent, type LogEvent, type StreamEvent, stateKey } from './stream-event.ts';
export { TabStream, type TabStreamOptions } from './tabs/tab-stream.ts';
