import { randomUUID } from 'node:crypto';
import { mkdir, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Config } from '@hermes/runtime';

/** A set-up that Hermes cannot run on; the message says how to mend it. */
export class SetupError extends Error {
  override readonly name = 'SetupError';
}

/** What was fetched once and can be fetched again. */
export function cacheDirOf(config: Config): string {
  return join(config.HERMES_HOME, 'cache');
}

/**
 * Makes sure that files can be written there, by writing one: permissions do not tell of a read-only or a full disk.
 * @param mode of the directories that have to be made; one that is there already keeps its own.
 * @returns the topmost directory that had to be made; null if there was nothing to make.
 * @throws {SetupError} if the directory cannot be made or written to.
 */
export async function prepareDirectory(variable: string, path: string, mode = 0o777): Promise<string | null> {
  try {
    const made = await makeDirectory(path, mode);
    const probe = join(path, `.write-test-${randomUUID()}`);
    try {
      await writeFile(probe, 'x', { flag: 'wx', mode: 0o600 });
    } finally {
      await rm(probe, { force: true });
    }
    return made;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new SetupError(
      `${variable}: ${path} cannot be written to (${code}). Make it writable or choose another path.`,
    );
  }
}

/** `mkdir` with `recursive` never returns below a file system that refuses with ENOENT, such as /proc. */
async function makeDirectory(path: string, mode: number): Promise<string | null> {
  try {
    await mkdir(path, { mode });
    return path;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' && (await stat(path)).isDirectory()) return null;
    if (code !== 'ENOENT' || dirname(path) === path) throw error;
  }
  const above = await makeDirectory(dirname(path), mode);
  await mkdir(path, { mode });
  return above ?? path;
}
