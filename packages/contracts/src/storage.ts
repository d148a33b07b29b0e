import { z } from 'zod';

/** What the disk below the download directory holds. Sizes in bytes. */
export const storageSchema = z.object({
  total_space: z.int().nonnegative(),
  used_space: z.int().nonnegative(),
  free_space: z.int().nonnegative(),
  /** Bytes that downloads take, and in how many files. */
  downloads_size: z.int().nonnegative(),
  downloads_count: z.int().nonnegative(),
  generated_at: z.iso.datetime(),
  is_stale: z.boolean(),
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
});
export type StorageScan = z.infer<typeof storageScanSchema>;
