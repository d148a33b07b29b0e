import { constants } from 'node:fs';
import { access, chmod, mkdir, open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '@hermes/runtime';

/** A set-up that Hermes cannot run on; the message says how to mend it. */
export class SetupError extends Error {
  override readonly name = 'SetupError';
}

/** What keeps a second Hermes away from the same home. */
export interface HomeLock {
  release(): Promise<void>;
}

/** What was fetched once and can be fetched again. */
export function cacheDirOf(config: Config): string {
  return join(config.HERMES_HOME, 'cache');
}

/** @throws {SetupError} if the directory cannot be made or written to. */
export async function prepareDirectory(variable: string, path: string, mode?: number): Promise<void> {
  try {
    await mkdir(path, { recursive: true, ...(mode === undefined ? {} : { mode }) });
    if (mode !== undefined) await chmod(path, mode);
    await access(path, constants.W_OK | constants.X_OK);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new SetupError(
      `${variable}: ${path} cannot be written to (${code}). Make it writable or choose another path.`,
    );
  }
}

/**
 * Takes `HERMES_HOME` for this process. A lock whose owner has gone is taken over.
 * @throws {SetupError} if another Hermes runs on it.
 */
export async function lockHome(config: Config): Promise<HomeLock> {
  await prepareDirectory('HERMES_HOME', config.HERMES_HOME, 0o700);
  const path = join(config.HERMES_HOME, 'hermes.lock');
  for (;;) {
    try {
      const file = await open(path, 'wx', 0o600);
      await file.writeFile(String(process.pid));
      await file.close();
      return { release: () => rm(path, { force: true }) };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const owner = Number(await readFile(path, 'utf8').catch(() => '0'));
    if (owner !== process.pid && isRunning(owner)) {
      throw new SetupError(
        `Another Hermes (process ${owner}) runs on ${config.HERMES_HOME}. Stop it, or set HERMES_HOME to another path.`,
      );
    }
    await rm(path, { force: true });
  }
}

function isRunning(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
