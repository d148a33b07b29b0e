import {
  API_BASE,
  type ApiKey,
  bulkActionResponseSchema,
  type CreateApiKeyResponse,
  type CreateDownloadRequest,
  type CreateDownloadResponse,
  type CreateTokenResponse,
  createApiKeyResponseSchema,
  createBatchResponseSchema,
  createDownloadResponseSchema,
  createTokenResponseSchema,
  type Download,
  type DownloadStatus,
  downloadSchema,
  type EventsHealth,
  eventsHealthSchema,
  type Health,
  type HistoryExportQuery,
  type HistoryQuery,
  type HistoryResponse,
  healthSchema,
  historyResponseSchema,
  type ListConnectionsResponse,
  type ListDownloadsResponse,
  type LoginRequest,
  type LoginResponse,
  listApiKeysResponseSchema,
  listConnectionsResponseSchema,
  listDownloadsResponseSchema,
  loginResponseSchema,
  type Period,
  type Permission,
  type PollingReason,
  type PublicConfig,
  publicConfigSchema,
  type Readiness,
  readinessSchema,
  type Stats,
  type Storage,
  type StorageScan,
  type Switches,
  statsSchema,
  storageScanSchema,
  storageSchema,
  type Timeline,
  type TimelineSummary,
  timelineSchema,
  timelineSummarySchema,
} from '@hermes/contracts';
import { authorization } from './authorization.ts';
import { createSend, formatQuery, type Read } from './request.ts';

export interface ApiClientOptions {
  /** Default: `/api/v1` of the page's own origin. */
  baseUrl?: string | undefined;
  /** Sent as a Bearer token. A browser that has logged in has a cookie instead and needs none. */
  apiKey?: string | undefined;
  fetch?: typeof globalThis.fetch | undefined;
  /** Why data has to be fetched that a stream should bring, for the server's statistics; null: it need not be. */
  polling?: (() => PollingReason | null) | undefined;
}

export interface ListDownloadsFilters {
  /** Default: everything that is not final. */
  status?: readonly DownloadStatus[] | undefined;
  /** 1–100, default 20. */
  limit?: number | undefined;
  /** `next_cursor` of the page before. */
  cursor?: string | undefined;
}

export type NewDownload = Partial<CreateDownloadRequest> & Pick<CreateDownloadRequest, 'url'>;

export interface BatchOptions {
  /** 0–100, higher first; default 50. */
  priority?: number;
  /** Sent again with the same one, the same URLs are not added twice: they get the same answer. */
  idempotencyKey?: string;
}

export interface NewApiKey {
  name: string;
  permissions?: Permission[];
  /** ISO 8601; default: never. */
  expires_at?: string | null;
}

/** Absent fields narrow nothing; `limit` is 1–100, default 20, `cursor` the `next_cursor` of the page before. */
export type HistoryFilters = Partial<HistoryQuery>;

export type ExportFilters = Partial<Omit<HistoryExportQuery, 'format'>>;

/** What is done to many downloads in one request: to those named, or to all of some statuses. */
export type BulkAction = { action: 'cancel' | 'pause' | 'resume' | 'retry' | 'delete' } & (
  | { ids: readonly string[] }
  | { filter: { status: readonly DownloadStatus[] } }
);

/** Aborting throws what `fetch` throws; everything else that goes wrong is a `HermesApiError`. */
export interface CallOptions {
  signal?: AbortSignal | undefined;
}

export type HermesApi = ReturnType<typeof createApiClient>;

/** The REST side of Hermes, typed. Answers are checked against the contract's schemas. */
export function createApiClient({ baseUrl = API_BASE, apiKey, fetch, polling = () => null }: ApiClientOptions = {}) {
  // Called through, not kept: whoever replaces window.fetch later is respected, and `this` is right.
  const send = createSend(baseUrl, authorization(apiKey), fetch ?? ((...args) => globalThis.fetch(...args)), polling);
  const download = (id: string) => `/download/${encodeURIComponent(id)}`;

  return {
    baseUrl,

    /** Enqueues one URL. */
    async createDownload(request: NewDownload): Promise<CreateDownloadResponse> {
      return (await send('/download', createDownloadResponseSchema, { method: 'POST', body: request })).data;
    },
    /** Enqueues 1–500 URLs; each is accepted, or refused with its own `error`, by itself, in the order of `urls`. */
    async createDownloads(urls: readonly string[], { priority, idempotencyKey }: BatchOptions = {}) {
      const body = priority === undefined ? { urls } : { urls, priority };
      const headers = idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey };
      return (await send('/download/batch', createBatchResponseSchema, { method: 'POST', body, headers })).data;
    },
    getDownload(id: string, { signal }: CallOptions = {}): Promise<Read<Download>> {
      return send(download(id), downloadSchema, { signal });
    },
    listDownloads(
      { status, limit, cursor }: ListDownloadsFilters = {},
      { signal }: CallOptions = {},
    ): Promise<Read<ListDownloadsResponse>> {
      return send('/download/queue', listDownloadsResponseSchema, { query: { status, limit, cursor }, signal });
    },
    /** Resolves when the cancellation is accepted; the status changes when the worker has let go. */
    async cancelDownload(id: string): Promise<void> {
      await send(`${download(id)}/cancel`, null, { method: 'POST' });
    },

    async pauseDownload(id: string): Promise<void> {
      await send(`${download(id)}/pause`, null, { method: 'POST' });
    },
    async resumeDownload(id: string): Promise<void> {
      await send(`${download(id)}/resume`, null, { method: 'POST' });
    },
    async retryDownload(id: string): Promise<void> {
      await send(`${download(id)}/retry`, null, { method: 'POST' });
    },
    /** Moves it in the queue: `priority` 0–100, `position` 0 for the head. */
    async changeDownload(id: string, change: { priority?: number; position?: number }): Promise<void> {
      await send(download(id), null, { method: 'PATCH', body: change });
    },
    async deleteDownload(id: string): Promise<void> {
      await send(download(id), null, { method: 'DELETE' });
    },
    /** One request for many downloads; the answer says of each what became of it. */
    async bulk(action: BulkAction) {
      return (await send('/download/bulk', bulkActionResponseSchema, { method: 'POST', body: action })).data;
    },
    /** For a link or a media element. */
    fileUrl: (id: string): string => `${baseUrl}${download(id)}/file`,

    getStats(period: Period, { signal }: CallOptions = {}): Promise<Read<Stats>> {
      return send('/stats', statsSchema, { query: { period }, signal });
    },
    getTimeline(period: Period, { signal }: CallOptions = {}): Promise<Read<Timeline>> {
      return send('/timeline', timelineSchema, { query: { period }, signal });
    },
    getTimelineSummary(period: Period, { signal }: CallOptions = {}): Promise<Read<TimelineSummary>> {
      return send('/timeline/summary', timelineSummarySchema, { query: { period }, signal });
    },
    listHistory(filters: HistoryFilters = {}, { signal }: CallOptions = {}): Promise<Read<HistoryResponse>> {
      return send('/history', historyResponseSchema, { query: filters, signal });
    },
    /** For a link: the answer is streamed as a file. */
    historyExportUrl: (format: HistoryExportQuery['format'], filters: ExportFilters = {}): string =>
      `${baseUrl}/history/export${formatQuery({ ...filters, format })}`,

    getStorage({ signal }: CallOptions = {}): Promise<Read<Storage>> {
      return send('/storage', storageSchema, { signal });
    },
    /** Asks for a new walk over the download directory; answers the one that runs. */
    async rescanStorage(): Promise<StorageScan> {
      return (await send('/storage/rescan', storageScanSchema, { method: 'POST' })).data;
    },
    async getStorageScan({ signal }: CallOptions = {}): Promise<StorageScan> {
      return (await send('/storage/scan-status', storageScanSchema, { signal })).data;
    },

    async getConfig({ signal }: CallOptions = {}): Promise<PublicConfig> {
      return (await send('/config', publicConfigSchema, { signal })).data;
    },
    /** Switches streams for everybody; null goes back to the environment's value. Needs the permission `admin`. */
    async changeConfig(switches: Partial<Switches>): Promise<PublicConfig> {
      return (await send('/config', publicConfigSchema, { method: 'PATCH', body: switches })).data;
    },
    async getHealth({ signal }: CallOptions = {}): Promise<Health> {
      return (await send('/health', healthSchema, { signal })).data;
    },
    /** What the service depends on, and how each of it is; a service that is not ready answers as well. */
    async getReadiness({ signal }: CallOptions = {}): Promise<Readiness> {
      return (await send('/health/ready', readinessSchema, { signal, alsoAnswers: 503 })).data;
    },
    async getEventsHealth({ signal }: CallOptions = {}): Promise<EventsHealth> {
      return (await send('/events/health', eventsHealthSchema, { signal })).data;
    },
    /** For those who can send neither header nor cookie. `ttl` in seconds, 1–3600. */
    async createStreamToken(scope: string, ttl: number): Promise<CreateTokenResponse> {
      return (await send('/events/token', createTokenResponseSchema, { method: 'POST', body: { scope, ttl } })).data;
    },
    /** Who holds a stream. Needs the permission `admin`. */
    async listConnections({ signal }: CallOptions = {}): Promise<ListConnectionsResponse> {
      return (await send('/events/connections', listConnectionsResponseSchema, { signal })).data;
    },

    /** Exchanges a key, or a one-use code of the command line, for the session cookie. */
    async login(credential: LoginRequest): Promise<LoginResponse> {
      return (await send('/auth/login', loginResponseSchema, { method: 'POST', body: credential })).data;
    },
    async logout(): Promise<void> {
      await send('/auth/logout', null, { method: 'POST' });
    },
    async listApiKeys({ signal }: CallOptions = {}): Promise<ApiKey[]> {
      return (await send('/auth/api-keys', listApiKeysResponseSchema, { signal })).data.items;
    },
    /** The answer's `key` is shown this once. */
    async createApiKey(request: NewApiKey): Promise<CreateApiKeyResponse> {
      return (await send('/auth/api-keys', createApiKeyResponseSchema, { method: 'POST', body: request })).data;
    },
    async deleteApiKey(id: string): Promise<void> {
      await send(`/auth/api-keys/${encodeURIComponent(id)}`, null, { method: 'DELETE' });
    },
  };
}
