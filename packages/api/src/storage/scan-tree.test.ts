import { execFile } from 'node:child_process';
import { link, lstat, mkdir, mkdtemp, opendir, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { scanTree, type Tree, treeSchema } from './scan-tree.ts';

const run = promisify(execFile);
const LONG_AGO = new Date('2020-01-01T00:00:00Z');

let root: string;
/** Calls of the system, and how often. */
let calls: { lstat: number; opendir: number };
let failing: (path: string) => string | null;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'hermes-tree-'));
  calls = { lstat: 0, opendir: 0 };
  failing = () => null;
});
afterEach(() => rm(root, { recursive: true, force: true }));

const io = {
  lstat: async (path: Buffer, options: { bigint: true }) => {
    calls.lstat += 1;
    const code = failing(path.toString());
    if (code !== null) throw Object.assign(new Error(code), { code });
    return lstat(path, options);
  },
  opendir: ((path: string, options: object) => {
    calls.opendir += 1;
    return opendir(path, options);
  }) as typeof opendir,
};

function scan(previous: Tree | null = null, signal = new AbortController().signal) {
  calls = { lstat: 0, opendir: 0 };
  return scanTree({ root, previous, exclude: ['.incomplete'], signal, io });
}

/** Below the root, with its directories. */
async function file(path: string, size: number): Promise<void> {
  await mkdir(join(root, path, '..'), { recursive: true });
  await writeFile(join(root, path), Buffer.alloc(size));
}

/** As if nothing had changed for long: what has just changed is read again in any case. */
async function settle(...paths: string[]): Promise<void> {
  for (const path of paths) await utimes(join(root, path), LONG_AGO, LONG_AGO);
}

describe('a scan', () => {
  it('adds up files at any depth, and neither follows links nor counts what is unfinished', async () => {
    await file('a', 10);
    await file('b/c/d', 200);
    await file('__proto__/constructor', 3000);
    await file('empty', 0);
    await file('.incomplete/id/1/x.part', 50_000);
    await file('b/.incomplete', 40_000);
    await symlink(join(root, 'a'), join(root, 'link'));
    await symlink(root, join(root, 'loop'));
    await run('mkfifo', [join(root, 'pipe')]);
    expect(await scan()).toMatchObject({ files: 5, bytes: 43_210, unreadable: 0 });
  });

  it('takes names that are not UTF-8', async () => {
    const directory = Buffer.concat([Buffer.from(`${root}/`), Buffer.from([0xff, 0xfe])]);
    await mkdir(directory);
    await writeFile(Buffer.concat([directory, Buffer.from([0x2f, 0xe4])]), 'seven..');
    const first = await scan();
    expect(first).toMatchObject({ files: 1, bytes: 7 });
    expect(await scan(treeSchema.parse(JSON.parse(JSON.stringify(first.tree))))).toMatchObject({ files: 1, bytes: 7 });
  });

  it('begins at what a link leads to', async () => {
    await file('real/a', 5);
    await symlink(join(root, 'real'), join(root, 'alias'));
    root = join(root, 'alias');
    expect(await scan()).toMatchObject({ files: 1, bytes: 5 });
    root = join(root, '..');
  });

  it('fails if there is nothing to begin at', async () => {
    await file('a', 1);
    root = join(root, 'a');
    await expect(scan()).rejects.toMatchObject({ code: 'ENOTDIR' });
    root = `${root}-missing`;
    await expect(scan()).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('goes on over what vanishes or may not be read', async () => {
    await file('a', 1);
    await file('gone', 2);
    await file('secret/b', 4);
    await file('removed/c', 8);
    failing = (path) =>
      path.endsWith('/gone') || path.endsWith('/removed') ? 'ENOENT' : path.endsWith('/secret') ? 'EACCES' : null;
    const first = await scan();
    expect(first).toMatchObject({ files: 1, bytes: 1, unreadable: 1 });
    // Without being asked to begin anew.
    failing = () => null;
    await settle('.');
    expect(await scan(first.tree)).toMatchObject({ files: 4, bytes: 15, unreadable: 0 });
  });

  it('ends when it is told to', async () => {
    await file('a', 1);
    await expect(scan(null, AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough');
  });
});

describe('a further scan', () => {
  it('asks of 10,000 files in directories that have not changed nothing at all', async () => {
    const directories = Array.from({ length: 100 }, (_, n) => `d${n % 10}/e${n}`);
    for (const directory of directories) {
      await mkdir(join(root, directory), { recursive: true });
      await Promise.all(Array.from({ length: 100 }, (_, n) => writeFile(join(root, directory, `f${n}`), 'x')));
    }
    const all = [...directories, ...Array.from({ length: 10 }, (_, n) => `d${n}`), '.'];
    await settle(...all);
    const delay = monitorEventLoopDelay({ resolution: 1 });
    delay.enable();
    const first = await scan();
    delay.disable();
    expect(first).toMatchObject({ files: 10_000, bytes: 10_000 });
    expect(calls).toEqual({ lstat: 10_111, opendir: 111 });
    // Others have had their turn throughout: it took many turns, and none of them was most of it.
    expect(delay.count).toBeGreaterThan(20);

    expect(await scan(first.tree)).toMatchObject({ files: 10_000, bytes: 10_000 });
    expect(calls).toEqual({ lstat: 111, opendir: 0 });

    await file('d3/e13/new', 5);
    const third = await scan(first.tree);
    expect(third).toMatchObject({ files: 10_001, bytes: 10_005 });
    expect(calls).toEqual({ lstat: 111 + 101, opendir: 1 });

    await settle('d3/e13');
    await rm(join(root, 'd3/e13/new'));
    await rm(join(root, 'd4'), { recursive: true });
    await settle('.');
    const fourth = await scan(third.tree);
    expect(fourth).toMatchObject({ files: 9000, bytes: 9000 });
    expect(fourth.tree).toHaveLength(100);
  }, 120_000);

  it('copes with a tree that is 500 deep', async () => {
    const deep = Array.from({ length: 500 }, () => 'd').join('/');
    await file(`${deep}/f`, 9);
    const first = await scan();
    expect([first.files, first.bytes, first.tree.length]).toEqual([1, 9, 501]);
    expect(await scan(first.tree)).toMatchObject({ files: 1, bytes: 9 });
  });

  it('reads again what a time stamp may not tell to have changed: just now, or in the future', async () => {
    await file('sub/a', 1);
    const soon = new Date(Date.now() + 60_000);
    for (const path of ['sub', '.']) await utimes(join(root, path), soon, soon);
    const first = await scan();
    expect(first.tree.map(([, { fingerprint }]) => fingerprint)).toEqual(['', '']);
    // The directory looks as it did.
    await writeFile(join(root, 'sub/a'), 'longer');
    expect(await scan(first.tree)).toMatchObject({ bytes: 6 });
  });

  it('notices that one directory has taken the place of another', async () => {
    await file('a/x', 1);
    await file('b/x', 20);
    await settle('a', 'b', '.');
    const first = await scan();
    await rename(join(root, 'a'), join(root, 'c'));
    await rename(join(root, 'b'), join(root, 'a'));
    await rm(join(root, 'c'), { recursive: true });
    expect(await scan(first.tree)).toMatchObject({ files: 1, bytes: 20 });
  });
});

describe('a file of several names', () => {
  it('counts once, in whichever directories they are, read again or not', async () => {
    await file('a/one', 100);
    await mkdir(join(root, 'b'));
    await settle('a', 'b', '.');
    const first = await scan();
    expect(first).toMatchObject({ files: 1, bytes: 100 });
    // Its second name: the directory of the first looks as it did.
    await link(join(root, 'a/one'), join(root, 'b/two'));
    const second = await scan(first.tree);
    expect(second).toMatchObject({ files: 1, bytes: 100 });
    await settle('a', 'b');
    const third = await scan(second.tree);
    expect(third).toMatchObject({ files: 1, bytes: 100 });
    expect(await scan(third.tree)).toMatchObject({ files: 1, bytes: 100 });
    expect(calls.opendir).toBe(0);
    await rm(join(root, 'a/one'));
    expect(await scan(third.tree)).toMatchObject({ files: 1, bytes: 100 });
    await rm(join(root, 'b/two'));
    expect(await scan(third.tree)).toMatchObject({ files: 0, bytes: 0 });
  });

  it('counts once if the other name is elsewhere, and does not have everything read each time', async () => {
    await file('sub/a', 1);
    await file('.incomplete/part', 100);
    await settle('sub', '.');
    const first = await scan();
    await link(join(root, '.incomplete/part'), join(root, 'done'));
    await settle('.');
    const second = await scan(first.tree);
    expect(second).toMatchObject({ files: 2, bytes: 101 });
    expect(await scan(second.tree)).toMatchObject({ files: 2, bytes: 101 });
    expect(calls.opendir).toBe(0);
  });
});
