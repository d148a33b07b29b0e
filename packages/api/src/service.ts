import type { Keyspace } from '@hermes/contracts';
import type { Publisher } from '@hermes/event-log';
import type { Config, Logger, SecretBox } from '@hermes/runtime';
import type { Redis } from 'ioredis';
import type { CredentialMirror } from './auth/credential-mirror.ts';
import type { Credentials } from './auth/credentials.ts';
import type { DownloadStore } from './database/download-store.ts';
import type { Database } from './database/open-database.ts';
import type { ApiMetrics } from './metrics.ts';
import type { DownloadQueue } from './queue/download-queue.ts';

/** What the routes and the reconciliation work with; put together once, in `createApi`. */
export interface Service {
  readonly config: Config;
  readonly logger: Logger;
  readonly sseEnabled: boolean;
  readonly keys: Keyspace;
  /** Of the role `commands`: with Redis away every call fails at once. */
  readonly redis: Redis;
  readonly publisher: Publisher;
  readonly queue: DownloadQueue;
  readonly database: Database;
  readonly downloads: DownloadStore;
  readonly secretBox: SecretBox;
  readonly credentials: Credentials;
  readonly mirror: CredentialMirror;
  readonly metrics: ApiMetrics;
  /** Resolves when the database has what the log tells by now; or cannot be brought that far, which is logged. */
  foldLog(): Promise<void>;
  /** Asks for a reconciliation as soon as Redis takes one. */
  requestReconcile(): void;
}
