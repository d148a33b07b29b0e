import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

const INTERVAL_MS = 1000;

interface Watch {
  /** How the names begin of the files that count. */
  prefix: string;
  /** Bytes of the largest file, once a second. */
  onLargest(bytes: number): void;
  stalledAfterMs: number;
  /** For that long the files have not changed in size or number. */
  onStalled(): void;
}

/** Looks at what a program does in its directory, since what it says of itself is not all of it. */
export function watchDirectory(
  directory: string,
  { prefix, onLargest, stalledAfterMs, onStalled }: Watch,
): { stop(): void } {
  let newest = '';
  let changedAt = performance.now();
  let isLooking = false;
  const look = async () => {
    const sizes = await sizesIn(directory, prefix);
    onLargest(Math.max(0, ...sizes));
    const now = sizes.join();
    if (now !== newest) changedAt = performance.now();
    newest = now;
    if (performance.now() - changedAt > stalledAfterMs) onStalled();
  };
  const timer = setInterval(() => {
    if (isLooking) return;
    isLooking = true;
    look()
      // A directory that is gone is found out by whoever needs it.
      .catch(() => {})
      .finally(() => {
        isLooking = false;
      });
  }, INTERVAL_MS);
  return { stop: () => clearInterval(timer) };
}

async function sizesIn(directory: string, prefix: string): Promise<number[]> {
  const names = (await readdir(directory)).filter((name) => name.startsWith(prefix));
  return Promise.all(
    names.map((name) =>
      stat(join(directory, name)).then(
        ({ size }) => size,
        // Renamed meanwhile.
        () => 0,
      ),
    ),
  );
}
