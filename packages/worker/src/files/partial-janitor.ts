import { randomUUID } from 'node:crypto';
import { readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { downloadIdSchema, INCOMPLETE_DIRECTORY, isFinalStatus, RETRY_WINDOW_MS } from '@hermes/contracts';
import type { Logger } from '@hermes/runtime';
import { systemCode } from '../engines/download-failure.ts';
import type { KeptStatus } from './kept-status.ts';

/** Far below the hour for which the log remembers how a download has ended. */
const INTERVAL_MS = 10 * 60_000;
/** No id begins like this, so that what a crash has left of it is recognised. */
const TRASH = '.trash-';

interface JanitorOptions {
  downloadDir: string;
  /** See `readKeptStatus`. Rejects while Redis is away: then nothing is removed. */
  statusOf(downloadId: string): Promise<KeptStatus | null>;
  logger: Logger;
}

/**
 * Removes the partial files that no one will go on with: of what is completed, cancelled or removed at once, of what has failed, or
 * is forgotten, once nothing has been written for as long as a retry is thought of.
 */
export class PartialJanitor {
  readonly #options: JanitorOptions;
  readonly #root: string;
  readonly #timer: NodeJS.Timeout;

  constructor(options: JanitorOptions) {
    this.#options = options;
    this.#root = join(options.downloadDir, INCOMPLETE_DIRECTORY);
    this.#timer = setInterval(() => void this.sweep(), INTERVAL_MS);
    this.#timer.unref();
  }

  close(): void {
    clearInterval(this.#timer);
  }

  /** Looks at all there is. */
  async sweep(): Promise<void> {
    const names = await readdir(this.#root).catch((): string[] => []);
    for (const name of names) {
      if (name.startsWith(TRASH)) await rm(join(this.#root, name), { recursive: true, force: true }).catch(() => {});
      else await this.look(name);
    }
  }

  /** Looks at one download. What cannot be removed now is left for the next time. */
  async look(downloadId: string): Promise<void> {
    const { logger } = this.#options;
    // Whatever else lies there is not ours.
    if (!downloadIdSchema.safeParse(downloadId).success) return;
    try {
      if (await this.#isOver(downloadId)) await this.#remove(downloadId);
    } catch (error) {
      if (systemCode(error) !== 'ENOENT') {
        logger.warn({ err: error, download_id: downloadId }, 'The partial file of an ended download stays for now');
      }
    }
  }

  async #isOver(downloadId: string): Promise<boolean> {
    const status = await this.#options.statusOf(downloadId);
    if (status === 'completed' || status === 'cancelled' || status === 'removed') return true;
    if (isUnderWay(status)) return false;
    return (await newestChange(join(this.#root, downloadId))) < Date.now() - RETRY_WINDOW_MS;
  }

  /** Out of the way in one step; put back if it was begun again meanwhile. */
  async #remove(downloadId: string): Promise<void> {
    const path = join(this.#root, downloadId);
    const trash = join(this.#root, `${TRASH}${randomUUID()}`);
    await rename(path, trash);
    const status = await this.#options.statusOf(downloadId).catch(() => 'queued' as const);
    if (isUnderWay(status)) await rename(trash, path);
    else await rm(trash, { recursive: true, force: true });
  }
}

function isUnderWay(status: KeptStatus | null): boolean {
  return status !== null && status !== 'removed' && !isFinalStatus(status);
}

/** When anything in a folder was last written, milliseconds of the wall clock. */
async function newestChange(folder: string): Promise<number> {
  const inside = await readdir(folder, { recursive: true });
  const times = await Promise.all([folder, ...inside.map((name) => join(folder, name))].map((path) => stat(path)));
  return Math.max(...times.map(({ mtimeMs }) => mtimeMs));
}
