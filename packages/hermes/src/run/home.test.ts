import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadConfig } from '@hermes/runtime';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { makeTestHome } from '../fixtures/test-home.ts';
import { prepareDirectory, SetupError } from './home.ts';
import { findHomeOwner, lockHome } from './home-lock.ts';

let home: string;
let remove: () => Promise<void>;
beforeEach(async () => {
  ({ home, remove } = await makeTestHome());
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await remove();
});

describe('prepareDirectory', () => {
  it('makes what is missing, names the topmost, and leaves no trace of its test', async () => {
    expect(await prepareDirectory('HERMES_HOME', join(home, 'a/b/c'), 0o700)).toBe(join(home, 'a'));
    expect((await stat(join(home, 'a/b/c'))).mode & 0o777).toBe(0o700);
    expect(await readdir(join(home, 'a/b/c'))).toEqual([]);
    expect(await prepareDirectory('HERMES_HOME', join(home, 'a/b'))).toBeNull();
  });

  it('keeps the mode of a directory that is somebody’s already', async () => {
    await mkdir(join(home, 'shared'));
    await chmod(join(home, 'shared'), 0o755);
    await prepareDirectory('HERMES_HOME', join(home, 'shared'), 0o700);
    expect((await stat(join(home, 'shared'))).mode & 0o777).toBe(0o755);
  });

  it('refuses a file in the way and a file system that takes nothing', async () => {
    await writeFile(join(home, 'file'), '');
    for (const path of [join(home, 'file'), join(home, 'file/below'), '/proc/hermes/below']) {
      const error = await prepareDirectory('HERMES_HOME', path).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(SetupError);
      expect((error as Error).message).toContain(`HERMES_HOME: ${path} cannot be written to`);
    }
  });
});

describe('lockHome', () => {
  const lockFile = () => join(home, 'hermes.lock');
  const others = async () => (await readdir(home)).filter((name) => name.startsWith('hermes.lock'));

  it('keeps others away while its process runs, and nobody once that was killed', async () => {
    const script = `
      import { loadConfig } from '@hermes/runtime';
      import { lockHome } from ${JSON.stringify(join(import.meta.dirname, 'home-lock.ts'))};
      await lockHome(loadConfig());
      console.log('locked');
      setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      cwd: import.meta.dirname,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      await once(child.stdout, 'data');
      expect(await findHomeOwner(loadConfig())).toBe(child.pid);
      await expect(lockHome(loadConfig())).rejects.toThrow(`Another Hermes (process ${child.pid}) runs on ${home}`);
    } finally {
      child.kill('SIGKILL');
    }
    await once(child, 'exit');
    expect(await findHomeOwner(loadConfig())).toBeNull();
    const lock = await lockHome(loadConfig());
    expect(await others()).toEqual(['hermes.lock']);
    expect(await readFile(lockFile(), 'utf8')).toMatch(new RegExp(`^${process.pid} `));
    await lock.release();
    expect(await others()).toEqual([]);
  });

  it.each([
    ['is of a process that has been given the number of another', `${process.ppid} of-another-boot 1`],
    ['was cut short', ''],
    ['is no lock of ours', 'x'],
  ])('takes over what %s', async (_, content) => {
    await writeFile(lockFile(), content);
    await (await lockHome(loadConfig())).release();
  });
});
