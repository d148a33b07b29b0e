import type { DownloadStatus, EngineName } from '@hermes/contracts';
import type { Grain } from '../stats/time-window.ts';

/** The tables, as Kysely sees them. Lists and objects are JSON text; times ISO 8601 UTC; sizes bytes. */
export interface Schema {
  api_keys: ApiKeysTable;
  sessions: SessionsTable;
  downloads: DownloadsTable;
  download_options: DownloadOptionsTable;
  download_secrets: DownloadSecretsTable;
  projections: ProjectionsTable;
  removed_downloads: RemovedDownloadsTable;
  stats_buckets: StatsBucketsTable;
  merged_databases: MergedDatabasesTable;
}

export interface ApiKeysTable {
  id: string;
  name: string;
  /** JSON: a list of permissions. */
  permissions: string;
  hint: string;
  sha256: string;
  /** 1 if `admin` is among the permissions: a column, so that the last one can be found in any dialect. */
  is_admin: number;
  created_at: string;
  expires_at: string | null;
}

/** A browser's log-in. Its permissions are those of the key it was exchanged for, and it ends with it. */
export interface SessionsTable {
  sha256: string;
  key_id: string;
  created_at: string;
  expires_at: string;
}

/** One row a download, folded from the log. */
export interface DownloadsTable {
  download_id: string;
  /** The life of the log that `seq` belongs to; '' while the log has not told of it. */
  epoch: string;
  seq: number;
  url: string;
  status: DownloadStatus;
  progress: number | null;
  downloaded_bytes: number;
  total_bytes: number | null;
  download_speed: number | null;
  eta: number | null;
  filename: string | null;
  engine: EngineName | null;
  priority: number;
  attempt: number;
  /** JSON. */
  error: string | null;
  /** JSON. */
  result: string | null;
  session_id: string | null;
  created_at: string;
  started_at: string | null;
  completed_at: string | null;
  updated_at: string;
  /** When it came to its final status, with milliseconds, so that text sorts by time; null while it is open. */
  ended_at: string | null;
  /** Of the URL, lower case, without a port; '' if the URL cannot be read. */
  host: string;
  /** File name and URL in lower case: what a search looks into. */
  search: string;
}

/** What a worker must be told and the log does not carry. */
export interface DownloadOptionsTable {
  download_id: string;
  /** JSON: a `DownloadJob`. */
  job: string;
}

/** Nothing but the enqueueing reads it: so that a Redis which forgot all is given it again. */
export interface DownloadSecretsTable {
  download_id: string;
  /** `DownloadSecrets`, sealed by the `SecretBox`. */
  sealed: string;
}

/** How far each projection has folded the log; moved in the transaction that folds. */
export interface ProjectionsTable {
  name: string;
  epoch: string;
  last_offset: number;
  /** The Redis run in which that position was seen. */
  run_id: string;
}

/** A download that was deleted or pruned, until the log can no longer tell of it: what it tells is not believed. */
export interface RemovedDownloadsTable {
  download_id: string;
  /** The position up to which the log may tell of it. */
  seq: number;
}

/** What happened in one stretch of time. Kept when the downloads themselves are deleted. */
export interface StatsBucketsTable {
  grain: Grain;
  starts_at: string;
  /** Downloads that were made. */
  downloads: number;
  /** Downloads that ended so, by their last ending. */
  completed: number;
  failed: number;
  cancelled: number;
  /** Of the completed downloads. */
  bytes: number;
  duration_ms: number;
}

/** A database found where an unexpanded `~` had put it, and taken over. */
export interface MergedDatabasesTable {
  path: string;
  /** Its size and time of change: what has not changed is not read again. */
  fingerprint: string;
}
