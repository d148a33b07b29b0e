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
    /** Without it the worker chooses, by the URL and by what it has. */
    engine: engineNameSchema.optional(),
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

/** Ranks that each priority has: what is moved within it gets a rank of its own, and everything else the middle one. */
export const RANKS_A_PRIORITY = 20_000;

/**
 * A download's place in the queue: the job's priority to BullMQ, 1 first, at most 2^21; those of one rank go in the
 * order they came.
 * @param priority ours: 0–100, higher first.
 */
export function queueRank(priority: z.infer<typeof prioritySchema>): number {
  return (100 - priority) * RANKS_A_PRIORITY + RANKS_A_PRIORITY / 2;
}

/** The priority that a rank belongs to. */
export function priorityOfRank(rank: number): number {
  return Math.min(100, Math.max(0, 100 - Math.floor(rank / RANKS_A_PRIORITY)));
}

/** The rank in a score of the open downloads: it is the score's upper part, and the lower one says who came first. */
export function rankOfScore(score: number): number {
  return Math.floor(score / 2 ** 32);
}

/** How a download is enqueued. Nothing is kept of a job that has ended: its id is needed for the next try by hand. */
export function downloadJobOptions(id: string, rank: number) {
  return {
    jobId: id,
    priority: rank,
    attempts: DOWNLOAD_ATTEMPTS,
    backoff: { type: 'exponential', delay: DOWNLOAD_BACKOFF_MS, jitter: 0.5 },
    removeOnComplete: true,
    removeOnFail: true,
  };
}
