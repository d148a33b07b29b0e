import type { DownloadStatus, Keyspace } from '@hermes/contracts';
import { readDownload } from '@hermes/event-log';
import type { Redis } from 'ioredis';

/** What decides about a partial file. */
export type KeptStatus = DownloadStatus | 'removed';

/**
 * As the log has it. `removed`: a person has deleted the download; null: it is not known, and may come back from the
 * database.
 * @throws an ioredis error if Redis is away.
 */
export async function readKeptStatus(redis: Redis, keys: Keyspace, downloadId: string): Promise<KeptStatus | null> {
  const status = (await readDownload(redis, keys, downloadId))?.status ?? null;
  if (status !== null) return status;
  return (await redis.zscore(keys.removed, downloadId)) === null ? null : 'removed';
}
