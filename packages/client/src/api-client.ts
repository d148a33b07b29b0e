import {
  API_BASE,
  type ApiKey,
  type CreateApiKeyResponse,
  type CreateDownloadRequest,
  type CreateDownloadResponse,
  createApiKeyResponseSchema,
  createDownloadResponseSchema,
  type Download,
  type DownloadStatus,
  downloadSchema,
  type Health,
  healthSchema,
  type ListDownloadsResponse,
  type LoginRequest,
  type LoginResponse,
  listApiKeysResponseSchema,
  listDownloadsResponseSchema,
  loginResponseSchema,
  type Permission,
  type PollingReason,
  type PublicConfig,
  publicConfigSchema,
} from '@hermes/contracts';
import { authorization } from './authorization.ts';
import { createSend, type Read } from './request.ts';

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

export interface NewApiKey {
  name: string;
  permissions?: Permission[];
  /** ISO 8601; default: never. */
  expires_at?: string | null;
}

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

    async getConfig({ signal }: CallOptions = {}): Promise<PublicConfig> {
      return (await send('/config', publicConfigSchema, { signal })).data;
    },
    async getHealth({ signal }: CallOptions = {}): Promise<Health> {
      return (await send('/health', healthSchema, { signal })).data;
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
