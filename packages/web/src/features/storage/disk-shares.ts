import type { Storage } from '@hermes/contracts';

export interface DiskShares {
  /** Percent of the disk; together with what is left they make 100. */
  downloads: number;
  others: number;
  /** Of what can be used at all, in percent, as the levels are measured: a reserve of the system's own is nobody's. */
  used: number;
}

/** What the disk is full of. */
export function diskShares({ total_space, used_space, free_space, downloads_size }: Storage): DiskShares {
  if (total_space === 0) return { downloads: 0, others: 0, used: 0 };
  // The count is older than the use of the disk: it may know of files that are gone.
  const downloads = Math.min(downloads_size, used_space);
  const usable = used_space + free_space;
  return {
    downloads: (downloads / total_space) * 100,
    others: ((used_space - downloads) / total_space) * 100,
    used: usable === 0 ? 0 : (used_space / usable) * 100,
  };
}
