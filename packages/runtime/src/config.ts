import { isIP } from 'node:net';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { type Environment, EnvironmentError, parseEnvironment } from '@hermes/contracts';

/** The environment with its paths made absolute. */
export interface Config extends Environment {
  HERMES_HOME: string;
  HERMES_DOWNLOAD_DIR: string;
  HERMES_DATABASE_PATH: string;
  HERMES_SECRET_KEY_FILE: string;
}

/**
 * Reads the environment once; everything else is handed the result.
 * @throws {EnvironmentError} for a wrong value or a combination that is not safe.
 */
export function loadConfig(source: Readonly<Record<string, string | undefined>> = process.env): Config {
  const env = parseEnvironment(source);
  const home = resolve(homedir(), refuseTilde('HERMES_HOME', env.HERMES_HOME) ?? '.hermes');
  if (env.HERMES_AUTH === 'off' && !isLoopback(env.HERMES_HOST)) {
    throw new EnvironmentError(
      'HERMES_AUTH',
      'off',
      `only while HERMES_HOST is a loopback address, and it is ${env.HERMES_HOST}`,
    );
  }
  if (env.HERMES_DATABASE_URL !== null) {
    throw new EnvironmentError('HERMES_DATABASE_URL', '(set)', 'Postgres is not supported yet; leave it unset');
  }
  if (env.HERMES_DISK_STOP_PERCENT < env.HERMES_DISK_WARN_PERCENT) {
    throw new EnvironmentError(
      'HERMES_DISK_STOP_PERCENT',
      String(env.HERMES_DISK_STOP_PERCENT),
      `not below HERMES_DISK_WARN_PERCENT, and that is ${env.HERMES_DISK_WARN_PERCENT}`,
    );
  }
  return {
    ...env,
    HERMES_HOME: home,
    HERMES_DOWNLOAD_DIR: resolve(home, refuseTilde('HERMES_DOWNLOAD_DIR', env.HERMES_DOWNLOAD_DIR) ?? 'downloads'),
    HERMES_DATABASE_PATH: resolve(
      home,
      refuseTilde('HERMES_DATABASE_PATH', env.HERMES_DATABASE_PATH) ?? join(home, 'hermes.db'),
    ),
    HERMES_SECRET_KEY_FILE: resolve(
      home,
      refuseTilde('HERMES_SECRET_KEY_FILE', env.HERMES_SECRET_KEY_FILE) ?? join(home, 'secret.key'),
    ),
  };
}

/** No shell expands a `~` that comes from a compose file or a service unit: it would become a folder of that name. */
function refuseTilde(variable: string, path: string | null): string | null {
  if (path?.startsWith('~')) {
    throw new EnvironmentError(variable, path, 'write the path out: a raw ~ is not expanded here');
  }
  return path;
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}
