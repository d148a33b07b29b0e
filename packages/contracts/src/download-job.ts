import { z } from 'zod';
import { downloadIdSchema, engineNameSchema, type prioritySchema } from './download.ts';
import { createDownloadRequestSchema } from './rest.ts';

/** The one BullMQ queue that downloads wait in; its keys begin with `Keyspace.bullPrefix`. */
export const DOWNLOAD_QUEUE = 'downloads';

/**
 * What a worker needs to know, but for what may be secret. The job's id is the download's id, so that enqueueing twice
 * makes one job.
 */
export const downloadJobSchema = createDownloadRequestSchema
  .pick({ url: true, filename: true, checksum: true, format: true })
  .extend({
    download_id: downloadIdSchema,
    engine: engineNameSchema,
    /** There are `DownloadSecrets` at `Keyspace.secrets`, without which the download must not be tried. */
    with_secrets: z.literal(true).optional(),
  });
export type DownloadJob = z.infer<typeof downloadJobSchema>;

/** What belongs in no log, event, answer or job: cookies, passwords and keys, as headers. Kept sealed only. */
export const downloadSecretsSchema = z.object({ headers: z.record(z.string(), z.string()) });
export type DownloadSecrets = z.infer<typeof downloadSecretsSchema>;

/** How long what a retry needs of a failed download is kept: its partial file, its secrets. */
export const RETRY_WINDOW_MS = 7 * 24 * 3_600_000;

/** How often a download is tried before it has failed, and how long it waits in between (doubling, milliseconds). */
export const DOWNLOAD_ATTEMPTS = 5;
export const DOWNLOAD_BACKOFF_MS = 1000;

/** BullMQ's priority: 1 first, 0 would go before all. Ours: 0–100, higher first. */
export function toBullPriority(priority: z.infer<typeof prioritySchema>): number {
  return 101 - priority;
}
