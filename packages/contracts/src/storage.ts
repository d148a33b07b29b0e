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
