import type { StatsFs } from 'node:fs';
import { stat, statfs } from 'node:fs/promises';

/** In bytes. */
export interface DiskSpace {
  total: number;
  used: number;
  /** What this process may still use: less than what is not used where the system keeps a reserve. */
  free: number;
}

/**
 * The space of the file system that `path` is on.
 * @throws the system's error if there is no such path.
 */
export async function readDiskSpace(path: string): Promise<DiskSpace> {
  // Blocks are counted in fragments, where a file system tells them from blocks and Node.js is new enough to say so.
  const { frsize, bsize, blocks, bfree, bavail }: StatsFs & { frsize?: number } = await statfs(path);
  const unit = frsize || bsize;
  const bytes = (count: number) => Math.min(Number.MAX_SAFE_INTEGER, Math.max(0, count * unit));
  return { total: bytes(blocks), used: bytes(blocks - bfree), free: bytes(bavail) };
}

/** Of what may be used at all, as `df` says it; 0 for a file system that does not tell its size. */
export function usedPercent({ used, free }: DiskSpace): number {
  return used + free === 0 ? 0 : (100 * used) / (used + free);
}

/** The same for the same directory through whichever mount, container or machine it is seen. */
export async function directoryIdentity(path: string): Promise<string> {
  const { ino, birthtimeMs } = await stat(path, { bigint: true });
  return `${ino}-${birthtimeMs}`;
}
