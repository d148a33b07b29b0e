import { execFile } from 'node:child_process';
import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, rename, rm, symlink } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A Redis (or Valkey) server program, and what its process needs in its environment. */
export interface RedisServerProgram {
  path: string;
  env: Record<string, string>;
}

/** No server program is here and none could be had. The message says how to get one. */
export class RedisServerMissingError extends Error {
  override readonly name = 'RedisServerMissingError';
}

const HINT =
  'Hermes needs a Redis server. Either install one (Debian/Ubuntu: apt install redis-server; macOS: brew install redis; ' +
  'Fedora: dnf install valkey) or set HERMES_REDIS_URL to one that runs already.';

/** Of Debian's packages: `redis-tools` carries the server itself, the others the libraries that it loads. */
const PACKAGES = ['redis-tools', 'liblzf1', 'libjemalloc2', 'libatomic1'];

/**
 * Finds a server program: on PATH, unpacked earlier into `cacheDir`, or unpacked there now from Debian's packages,
 * without root and without touching the system.
 * @throws {RedisServerMissingError}
 */
export async function findRedisServer(
  cacheDir: string,
  onProgress: (text: string) => void,
): Promise<RedisServerProgram> {
  const installed = findOnPath(['redis-server', 'valkey-server']);
  if (installed !== null) return { path: installed, env: {} };
  const root = join(cacheDir, 'redis');
  const unpacked = unpackedProgram(root);
  if (existsSync(unpacked.path)) return unpacked;
  if (findOnPath(['apt-get']) === null || findOnPath(['dpkg-deb']) === null) throw new RedisServerMissingError(HINT);
  onProgress('No Redis server is installed: unpacking one of Debian’s packages for Hermes alone …');
  try {
    await unpackFromDebian(root);
  } catch (error) {
    throw new RedisServerMissingError(`${HINT} (Unpacking one did not work: ${firstLine(error)})`, { cause: error });
  }
  return unpacked;
}

export function findOnPath(names: readonly string[], path = process.env.PATH ?? ''): string | null {
  for (const name of names) {
    for (const dir of path.split(delimiter)) {
      if (dir !== '' && isProgram(join(dir, name))) return join(dir, name);
    }
  }
  return null;
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

function unpackedProgram(root: string): RedisServerProgram {
  const lib = join(root, 'lib');
  return { path: join(root, 'redis-server'), env: { LD_LIBRARY_PATH: lib } };
}

async function unpackFromDebian(root: string): Promise<void> {
  await mkdir(dirname(root), { recursive: true });
  const work = await mkdtemp(`${root}.`);
  const lists = join(work, 'lists');
  await mkdir(join(lists, 'partial'), { recursive: true });
  // Lists of our own, so that an ordinary user can do it; `APT::Sandbox::User=` since there is nobody to drop to.
  const options = ['-o', `Dir::State::lists=${lists}`, '-o', `Dir::Cache=${work}`, '-o', 'APT::Sandbox::User='];
  try {
    await run('apt-get', ['update', ...options], { timeout: 120_000 });
    await run('apt-get', ['download', ...PACKAGES, ...options], { cwd: work, timeout: 120_000 });
    const files = (await readdir(work)).filter((file) => file.endsWith('.deb'));
    for (const file of files) await run('dpkg-deb', ['-x', join(work, file), join(work, 'tree')]);
    const [libraries] = (await readdir(join(work, 'tree/usr/lib'))).filter((name) => name.endsWith('-linux-gnu'));
    if (libraries === undefined) throw new Error('the packages hold no libraries');
    const done = join(work, 'done');
    await mkdir(done);
    await rename(join(work, 'tree/usr/lib', libraries), join(done, 'lib'));
    // The server looks at the name it was called by; under `redis-check-rdb` it would be another program.
    await rename(join(work, 'tree/usr/bin/redis-check-rdb'), join(done, 'redis-check-rdb'));
    await symlink('redis-check-rdb', join(done, 'redis-server'));
    await chmod(join(done, 'redis-check-rdb'), 0o755);
    await run(join(done, 'redis-server'), ['--version'], { env: { LD_LIBRARY_PATH: join(done, 'lib') } });
    await rename(done, root).catch(async (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
      // Another process was quicker: its copy is as good, and perhaps running already.
      if (existsSync(unpackedProgram(root).path)) return;
      await rm(root, { recursive: true, force: true });
      await rename(done, root);
    });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

function firstLine(error: unknown): string {
  return String(error instanceof Error ? error.message : error).split('\n')[0] ?? '';
}
