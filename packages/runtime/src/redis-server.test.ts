import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { findOnPath, findRedisServer, RedisServerMissingError } from './redis-server.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'hermes-server-'));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(dir, { recursive: true, force: true });
});

/** A program of this test's own. */
async function program(name: string, script = '', folder = join(dir, 'bin')): Promise<string> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, name), `#!/bin/sh\n${script}\n`);
  await chmod(join(folder, name), 0o755);
  return join(folder, name);
}

describe('findOnPath', () => {
  it('takes the first folder that has a program of the first name', async () => {
    const first = await program('redis-server', '', join(dir, 'one'));
    await program('redis-server', '', join(dir, 'two'));
    const path = ['', join(dir, 'none'), join(dir, 'one'), join(dir, 'two')].join(delimiter);
    expect(findOnPath(['redis-server'], path)).toBe(first);
    expect(findOnPath(['valkey-server', 'redis-server'], path)).toBe(first);
    expect(findOnPath(['valkey-server'], path)).toBeNull();
  });

  it('takes neither a folder nor a file that cannot be run', async () => {
    await mkdir(join(dir, 'one', 'redis-server'), { recursive: true });
    await mkdir(join(dir, 'two'));
    await writeFile(join(dir, 'two', 'redis-server'), '');
    const real = await program('redis-server', '', join(dir, 'three'));
    const path = ['one', 'two', 'three'].map((name) => join(dir, name)).join(delimiter);
    expect(findOnPath(['redis-server'], path)).toBe(real);
  });
});

describe('findRedisServer', () => {
  it('takes what is installed', async () => {
    const installed = await program('valkey-server');
    vi.stubEnv('PATH', join(dir, 'bin'));
    expect(await findRedisServer(dir, () => {})).toEqual({ path: installed, env: {} });
  });

  it('takes the copy that was unpacked before, with its libraries', async () => {
    const copy = await program('redis-server', '', join(dir, 'redis'));
    vi.stubEnv('PATH', join(dir, 'bin'));
    const told: string[] = [];
    expect(await findRedisServer(dir, (text) => told.push(text))).toEqual({
      path: copy,
      env: { LD_LIBRARY_PATH: join(dir, 'redis', 'lib') },
    });
    expect(told).toEqual([]);
  });

  it('says how to get one where there is none', async () => {
    vi.stubEnv('PATH', join(dir, 'bin'));
    const error = await findRedisServer(dir, () => {}).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(RedisServerMissingError);
    expect(String(error)).toMatch(/apt install redis-server.*HERMES_REDIS_URL/);
  });

  it('says so when unpacking did not work, and leaves nothing behind', async () => {
    await program('apt-get', 'echo "no network" >&2; exit 100');
    await program('dpkg-deb');
    vi.stubEnv('PATH', join(dir, 'bin'));
    const told: string[] = [];
    const error = await findRedisServer(join(dir, 'cache'), (text) => told.push(text)).catch((reason) => reason);
    expect(error).toBeInstanceOf(RedisServerMissingError);
    expect(error.message).toMatch(/HERMES_REDIS_URL.*Unpacking one did not work: Command failed: apt-get update/);
    expect(error.cause).toBeInstanceOf(Error);
    expect(told).toHaveLength(1);
    expect(await readdir(join(dir, 'cache'))).toEqual([]);
  });

  it('unpacks the packages, also when two do it at once', async () => {
    // What the real ones do, without a network: a package appears, and holds a server and a folder of libraries.
    await program('apt-get', 'case "$1" in download) : > redis-tools.deb ;; esac');
    await program(
      'dpkg-deb',
      `/bin/mkdir -p "$3/usr/bin" "$3/usr/lib/x86_64-linux-gnu"
echo '#!/bin/sh' > "$3/usr/bin/redis-check-rdb"
/bin/chmod 755 "$3/usr/bin/redis-check-rdb"`,
    );
    vi.stubEnv('PATH', join(dir, 'bin'));
    const cache = join(dir, 'cache');
    const found = await Promise.all([findRedisServer(cache, () => {}), findRedisServer(cache, () => {})]);
    for (const one of found) {
      expect(one).toEqual({
        path: join(cache, 'redis', 'redis-server'),
        env: { LD_LIBRARY_PATH: join(cache, 'redis', 'lib') },
      });
    }
    expect(await readdir(cache)).toEqual(['redis']);
    expect((await readdir(join(cache, 'redis'))).sort()).toEqual(['lib', 'redis-check-rdb', 'redis-server']);
  });
});
