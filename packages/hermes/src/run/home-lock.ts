import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '@hermes/runtime';
import { SetupError } from './home.ts';

/** What keeps a second Hermes away from the same home. */
export interface HomeLock {
  release(): Promise<void>;
}

function lockPath(config: Config): string {
  return join(config.HERMES_HOME, 'hermes.lock');
}

/**
 * Takes `HERMES_HOME` for this process. A lock whose owner has gone is taken over.
 * @throws {SetupError} if another Hermes runs on it.
 */
export async function lockHome(config: Config): Promise<HomeLock> {
  const path = lockPath(config);
  const draft = `${path}.${randomUUID()}`;
  await writeFile(draft, describeProcess(process.pid), { mode: 0o600, flag: 'wx' });
  try {
    for (;;) {
      try {
        // Unlike a file that is created and then written, a link is there as a whole or not at all.
        await link(draft, path);
        return { release: () => rm(path, { force: true }) };
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
      const content = await readFile(path, 'utf8').catch(() => '');
      const owner = ownerOf(content);
      if (owner !== null) {
        throw new SetupError(
          `Another Hermes (process ${owner}) runs on ${config.HERMES_HOME}. Stop it, or set HERMES_HOME to another path.`,
        );
      }
      await takeAway(path, content);
    }
  } finally {
    await rm(draft, { force: true });
  }
}

/** The process that runs on this home now, or null. */
export async function findHomeOwner(config: Config): Promise<number | null> {
  return ownerOf(await readFile(lockPath(config), 'utf8').catch(() => ''));
}

/** Removes the lock if it still is the one that was read: somebody else may have taken it over meanwhile. */
async function takeAway(path: string, stale: string): Promise<void> {
  const aside = `${path}.${randomUUID()}`;
  try {
    await rename(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  if ((await readFile(aside, 'utf8')) !== stale) await link(aside, path).catch(() => {});
  await rm(aside, { force: true });
}

/** The process that wrote this, if it still runs: another one may have been given its number since. */
function ownerOf(content: string): number | null {
  const pid = Number(content.split(' ', 1)[0]);
  if (!Number.isInteger(pid) || pid <= 0 || pid === process.pid || !isRunning(pid)) return null;
  return describeProcess(pid) === content ? pid : null;
}

/** Its number and, where the system tells it, when it was started. */
function describeProcess(pid: number): string {
  return `${pid} ${startTimeOf(pid)}`;
}

function startTimeOf(pid: number): string {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    // The name in parentheses may hold spaces; field 22 is the 20th after it (proc_pid_stat(5)).
    const [, fields = ''] = /\) (.*)$/s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? [];
    return `${boot} ${fields.split(' ')[19]}`;
  } catch {
    return '';
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
