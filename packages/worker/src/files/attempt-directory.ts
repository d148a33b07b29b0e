import { mkdir, open, readdir, readFile, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { INCOMPLETE_DIRECTORY } from '@hermes/contracts';
import { z } from 'zod';
import { systemCode, toDiskFailure } from '../engines/download-failure.ts';
import { PartFile } from './part-file.ts';

const STATE_FILE = 'state.json';

/** What must be known to go on with a partial file, or to see that it became something else meanwhile. */
const partialStateSchema = z.object({
  /** The URL asked for, before redirects. */
  url: z.string(),
  etag: z.string().nullable(),
  last_modified: z.string().nullable(),
  total_bytes: z.int().nonnegative().nullable(),
  content_type: z.string().nullable(),
  /** The sanitised name; the part file is called `<name>.part`. */
  name: z.string(),
  /** Recorded before the file is placed, so that who comes after a crash recognises it. */
  placed: z.object({ name: z.string(), size: z.int().nonnegative(), sha256: z.string() }).nullable(),
});
export type PartialState = z.infer<typeof partialStateSchema>;

/** The directory is not there any more: a newer attempt has taken it over, or someone has removed it. */
export class DirectoryLostError extends Error {
  override readonly name = 'DirectoryLostError';
}

/**
 * Where one attempt at a download keeps what it has: `<download dir>/.incomplete/<download id>/<attempt>/`. The next
 * attempt takes it over by renaming it, in one step, to its own number. From then on no path that an older worker holds
 * leads anywhere: its late link or state fails, and what it still writes through an open file are the same bytes at
 * the same place, since another content of the remote always begins a new file.
 */
export class AttemptDirectory {
  readonly path: string;
  readonly downloadDir: string;
  readonly #base: string;

  private constructor(downloadDir: string, downloadId: string, attempt: number) {
    this.downloadDir = downloadDir;
    this.#base = join(downloadDir, INCOMPLETE_DIRECTORY, downloadId);
    this.path = join(this.#base, String(attempt));
  }

  /** Takes over what the newest attempt before left, or begins empty. */
  static async claim(downloadDir: string, downloadId: string, attempt: number): Promise<AttemptDirectory> {
    const directory = new AttemptDirectory(downloadDir, downloadId, attempt);
    try {
      await mkdir(directory.#base, { recursive: true });
      for (const older of await directory.#others(attempt)) {
        if (await renamed(join(directory.#base, older), directory.path)) return directory;
      }
      await mkdir(directory.path, { recursive: true });
    } catch (error) {
      throw toDiskFailure(error);
    }
    return directory;
  }

  /** Removes all that any attempt has kept of a download that is over. */
  static async discard(downloadDir: string, downloadId: string): Promise<void> {
    await rm(join(downloadDir, INCOMPLETE_DIRECTORY, downloadId), { recursive: true, force: true });
  }

  /** Removes all that any attempt has kept, but for the state: what became of it. */
  async discardBytes(): Promise<void> {
    for (const number of await readdir(this.#base)) {
      const folder = join(this.#base, number);
      if (folder !== this.path) await rm(folder, { recursive: true, force: true });
    }
    for (const name of await readdir(this.path)) {
      if (name !== STATE_FILE) await rm(join(this.path, name), { recursive: true, force: true });
    }
  }

  /** Removes the folders of an attempt that never got as far as a partial file. */
  static async discardEmpty(downloadDir: string, downloadId: string, attempt: number): Promise<void> {
    const base = join(downloadDir, INCOMPLETE_DIRECTORY, downloadId);
    for (const folder of [join(base, String(attempt)), base]) {
      try {
        await rmdir(folder);
      } catch (error) {
        if (['ENOTEMPTY', 'EEXIST'].includes(systemCode(error))) return;
        if (systemCode(error) !== 'ENOENT') throw error;
      }
    }
  }

  partPath(name: string): string {
    return join(this.path, `${name}.part`);
  }

  /** null if there is none that can be read: then nothing can be resumed. */
  async readState(): Promise<PartialState | null> {
    try {
      const state = partialStateSchema.safeParse(JSON.parse(await readFile(join(this.path, STATE_FILE), 'utf8')));
      return state.success ? state.data : null;
    } catch (error) {
      if (error instanceof SyntaxError || systemCode(error) === 'ENOENT') return null;
      throw toDiskFailure(error);
    }
  }

  /** @throws {DirectoryLostError} */
  async writeState(state: PartialState): Promise<void> {
    const path = join(this.path, STATE_FILE);
    await this.whileHeld(async () => {
      await writeFile(`${path}.new`, JSON.stringify(state));
      await rename(`${path}.new`, path);
    });
  }

  /**
   * Begins a new, empty part file. The old one is unlinked, not emptied: a worker that still has it open must not
   * write into the new content. And it goes before its state does, so that a crash in between leaves no old bytes
   * under a new state.
   * @throws {DirectoryLostError}
   */
  async beginPart(state: PartialState, previousName: string | null): Promise<PartFile> {
    return this.whileHeld(async () => {
      if (previousName !== null) await rm(this.partPath(previousName), { force: true });
      await rm(this.partPath(state.name), { force: true });
      await this.writeState(state);
      return new PartFile(await open(this.partPath(state.name), 'wx+'));
    });
  }

  /** The part file that the state tells of; null if there is none. */
  async openPart(state: PartialState): Promise<PartFile | null> {
    try {
      return new PartFile(await open(this.partPath(state.name), 'r+'));
    } catch (error) {
      if (systemCode(error) === 'ENOENT') return null;
      throw toDiskFailure(error);
    }
  }

  /** Runs what works on paths in here. */
  async whileHeld<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof DirectoryLostError) throw error;
      if (systemCode(error) === 'ENOENT') {
        throw new DirectoryLostError('the partial file is gone', { cause: error });
      }
      throw toDiskFailure(error);
    }
  }

  /** Older attempts, newest first; then newer ones, which only exist if the log began to count anew. */
  async #others(attempt: number): Promise<string[]> {
    const numbers = (await readdir(this.#base)).filter((name) => /^\d+$/.test(name)).map(Number);
    const older = numbers.filter((number) => number < attempt).sort((a, b) => b - a);
    const newer = numbers.filter((number) => number > attempt).sort((a, b) => b - a);
    return [...older, ...newer].map(String);
  }
}

async function renamed(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    // Someone else has taken it, or ours is there already and holds something.
    if (['ENOENT', 'ENOTEMPTY', 'EEXIST'].includes(systemCode(error))) return false;
    throw error;
  }
}
