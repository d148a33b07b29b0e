import { z } from 'zod';

/** Below the download directory: what unfinished downloads have so far. No sanitised file name can collide with it. */
export const INCOMPLETE_DIRECTORY = '.incomplete';

/** How full the disk is: `low`, everyone is warned; `stop`, no new download begins until there is space. */
const diskLevelSchema = z.enum(['ok', 'low', 'stop']);

/** What the disk below the download directory holds. Sizes in bytes. */
export const storageSchema = z.object({
  /** Of the disk, as of the last few seconds. */
  total_space: z.int().nonnegative(),
  used_space: z.int().nonnegative(),
  /** What Hermes may still use: less than what is not used where the system keeps a reserve. */
  free_space: z.int().nonnegative(),
  /** The sizes of all finished files below the download directory, each once however many names it has. */
  downloads_size: z.int().nonnegative(),
  /** How many there are. Unfinished downloads (`.incomplete`) are in neither. */
  downloads_count: z.int().nonnegative(),
  /** When the files were counted. */
  generated_at: z.iso.datetime(),
  /** That count may be out of date; a newer one is on its way. */
  is_stale: z.boolean(),
  level: diskLevelSchema,
  /** The shares of the disk in use from which `level` is `low`, and `stop`. */
  warn_percent: z.int().min(1).max(100),
  stop_percent: z.int().min(1).max(100),
});
export type Storage = z.infer<typeof storageSchema>;

/** The walk over the download directory that the snapshot comes from; also the answer to asking for one. */
export const storageScanSchema = z.object({
  status: z.enum(['idle', 'running', 'failed']),
  /** Of the scan that runs or ran last; null before the first. */
  started_at: z.iso.datetime().nullable(),
  /** null while it runs and before the first. */
  finished_at: z.iso.datetime().nullable(),
  files_scanned: z.int().nonnegative(),
  /** Of the snapshot that is served: `failed`, the last scan failed and an older one is, if there is any. */
  snapshot: z.enum(['fresh', 'stale', 'scanning', 'failed']),
  /** Why the last scan failed; null if it did not. */
  error: z.string().nullable(),
  /** Of the last scan that succeeded, milliseconds. */
  duration_ms: z.number().nonnegative().nullable(),
  /** Since this process began: scans begun, those of them that failed, and requests that joined one under way. */
  scans: z.int().nonnegative(),
  failures: z.int().nonnegative(),
  joined: z.int().nonnegative(),
  /** Answers from a snapshot that was out of date. */
  stale_served: z.int().nonnegative(),
});
export type StorageScan = z.infer<typeof storageScanSchema>;
