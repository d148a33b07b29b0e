import { rm, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Config } from '@hermes/runtime';
import { formatBytes } from '../format.ts';
import { prepareDirectory } from '../run/home.ts';
import { type Finding, ok, problem, warning } from './finding.ts';

const LOW_SPACE = 1_000_000_000;

/** The directories that Hermes writes to, and the space below them. It leaves nothing behind that was not there. */
export async function checkHome(config: Config): Promise<Finding[]> {
  const made: string[] = [];
  try {
    const findings = [
      await checkDirectory('home', 'HERMES_HOME', config.HERMES_HOME, made),
      await checkDirectory('downloads', 'HERMES_DOWNLOAD_DIR', config.HERMES_DOWNLOAD_DIR, made),
      await checkDirectory('database', 'HERMES_DATABASE_PATH', dirname(config.HERMES_DATABASE_PATH), made),
    ];
    if (findings.some(({ status }) => status !== 'ok')) return findings;
    return [...findings, checkSpace(await statfs(config.HERMES_DOWNLOAD_DIR))];
  } finally {
    for (const path of made.reverse()) await rm(path, { recursive: true, force: true });
  }
}

async function checkDirectory(check: string, variable: string, path: string, made: string[]): Promise<Finding> {
  try {
    const top = await prepareDirectory(variable, path, 0o700);
    if (top !== null) made.push(top);
    return ok(check, path);
  } catch (error) {
    return problem(check, (error as Error).message, `Make ${path} writable, or set ${variable} to another path`);
  }
}

function checkSpace({ bavail, bsize }: { bavail: number; bsize: number }): Finding {
  const free = bavail * bsize;
  if (free >= LOW_SPACE) return ok('disk space', `${formatBytes(free)} left`);
  return warning(
    'disk space',
    `${formatBytes(free)} left`,
    'Free some, or set HERMES_DOWNLOAD_DIR to a path on a larger disk',
  );
}
