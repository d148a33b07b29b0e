import type { Storage } from '@hermes/contracts';

export interface DiskShares {
  /** Percent of what can be used at all, as the levels are measured; what is left to 100 is free. */
  downloads: number;
  others: number;
  used: number;
  /** Bytes that are neither in use nor free: a reserve of the system, or beyond a quota. */
  reserved: number;
}

/** What the disk is full of. */
export function diskShares({ total_space, used_space, free_space, downloads_size }: Storage): DiskShares {
  const usable = used_space + free_space;
  const reserved = Math.max(0, total_space - usable);
  if (usable === 0) return { downloads: 0, others: 0, used: 0, reserved };
  // The count is older than the use of the disk: it may know of files that are gone.
  const downloads = Math.min(downloads_size, used_space);
  const share = (bytes: number) => (bytes / usable) * 100;
  return { downloads: share(downloads), others: share(used_space - downloads), used: share(used_space), reserved };
}
