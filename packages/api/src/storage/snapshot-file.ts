import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Logger } from '@hermes/runtime';
import { z } from 'zod';

export interface Snapshot<T> {
  /** Milliseconds since 1970. */
  generatedAt: number;
  data: T;
}

interface SnapshotFileOptions<T> {
  /** Its directory is made, and should hold nothing else of this name. */
  path: string;
  /** Of the data; another one is not read. */
  version: number;
  schema: z.ZodType<T>;
  logger: Logger;
}

/** Clocks of one machine do not differ by more unless one was set. */
const TOLERANCE_MS = 1000;

/** Keeps one snapshot over restarts. What is there is always a whole one: it is written beside, synced, and renamed. */
export class SnapshotFile<T> {
  readonly #options: SnapshotFileOptions<T>;
  readonly #envelope: z.ZodType<{ version: number; generated_at: string; data: T }>;

  constructor(options: SnapshotFileOptions<T>) {
    this.#options = options;
    this.#envelope = z.object({
      version: z.literal(options.version),
      generated_at: z.iso.datetime(),
      data: options.schema,
    }) as z.ZodType<{ version: number; generated_at: string; data: T }>;
  }

  /**
   * null if there is none, or none that can be relied on: that one is put aside as `<path>.rejected`, and a line in the
   * log says why. Never throws: whatever it held can be found out again.
   */
  async read(now: number): Promise<Snapshot<T> | null> {
    const { path, logger } = this.#options;
    await this.#removeDrafts();
    let reason: string;
    try {
      const json: unknown = JSON.parse(await readFile(path, 'utf8'));
      const parsed = this.#envelope.safeParse(json);
      if (parsed.success) {
        const generatedAt = Date.parse(parsed.data.generated_at);
        if (generatedAt <= now + TOLERANCE_MS) return { generatedAt, data: parsed.data.data };
        reason = 'it is from the future';
      } else {
        reason = parsed.error.issues[0]?.message ?? 'it is not one';
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
      reason = (error as Error).message;
    }
    logger.warn({ path, reason }, 'The stored snapshot is not used');
    await rename(path, `${path}.rejected`).catch(() => {});
    return null;
  }

  /** @throws the system's error; what was stored before then still is. */
  async write({ generatedAt, data }: Snapshot<T>): Promise<void> {
    const { path, version } = this.#options;
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const draft = `${path}.${randomUUID()}.draft`;
    try {
      const file = await open(draft, 'wx', 0o600);
      try {
        await file.writeFile(JSON.stringify({ version, generated_at: new Date(generatedAt).toISOString(), data }));
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(draft, path);
    } catch (error) {
      await rm(draft, { force: true });
      throw error;
    }
    await syncDirectory(dirname(path));
  }

  /** What a process left that was killed while it wrote. */
  async #removeDrafts(): Promise<void> {
    const { path } = this.#options;
    const names = await readdir(dirname(path)).catch(() => []);
    const drafts = names.filter((name) => name.startsWith(`${basename(path)}.`) && name.endsWith('.draft'));
    await Promise.all(drafts.map((name) => rm(join(dirname(path), name), { force: true }).catch(() => {})));
  }
}

/** So that a power cut does not take back the new name. Some file systems cannot do that, and some need not. */
async function syncDirectory(path: string): Promise<void> {
  try {
    const directory = await open(path, 'r');
    await directory.sync().finally(() => directory.close());
  } catch {
    // The content is synced; the worst is that the snapshot before is found.
  }
}
