import { statfs } from 'node:fs/promises';
import type { Config } from '@hermes/runtime';
import { formatBytes } from '../format.ts';
import { prepareDirectory } from '../run/home.ts';
import { type Finding, ok, problem, warning } from './finding.ts';

const LOW_SPACE = 1_000_000_000;

/** The directories that Hermes writes to, and the space below them. */
export async function checkHome(config: Config): Promise<Finding[]> {
  const findings = [
    await checkDirectory('home', 'HERMES_HOME', config.HERMES_HOME),
    await checkDirectory('downloads', 'HERMES_DOWNLOAD_DIR', config.HERMES_DOWNLOAD_DIR),
  ];
  if (findings.some(({ status }) => status !== 'ok')) return findings;
  const { bavail, bsize } = await statfs(config.HERMES_DOWNLOAD_DIR);
  const free = bavail * bsize;
  findings.push(
    free < LOW_SPACE
      ? warning('disk space', `${formatBytes(free)} left`, 'Free some, or set HERMES_DOWNLOAD_DIR to a larger disk')
      : ok('disk space', `${formatBytes(free)} left`),
  );
  return findings;
}

async function checkDirectory(check: string, variable: string, path: string): Promise<Finding> {
  try {
    await prepareDirectory(variable, path);
    return ok(check, path);
  } catch (error) {
    return problem(check, (error as Error).message, `Make ${path} writable, or set ${variable} to another path`);
  }
}
