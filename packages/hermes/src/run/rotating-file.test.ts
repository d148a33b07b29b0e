import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { RotatingFile } from './rotating-file.ts';

let dir: string;
let path: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'hermes-log-'));
  path = join(dir, 'a.log');
});
afterEach(() => rm(dir, { recursive: true, force: true }));

/** Contents by name, once everything has been written. */
async function untilFiles(expected: Record<string, string>): Promise<void> {
  await vi.waitFor(async () => {
    const names = await readdir(dir);
    const files = await Promise.all(
      names.map(async (name) => [name, await readFile(join(dir, name), 'utf8')] as const),
    );
    expect(Object.fromEntries(files)).toEqual(expected);
  });
}

it('keeps so many older files, oldest last, and divides no line', async () => {
  const file = new RotatingFile(path, 10, 2);
  for (const line of ['1111\n', '2222\n', '3333\n', 'a line that is longer\n', '5\n', '6666\n', '777\n'])
    file.write(line);
  await untilFiles({ 'a.log': '777\n', 'a.log.1': '5\n6666\n', 'a.log.2': 'a line that is longer\n' });
  expect((await stat(path)).mode & 0o777).toBe(0o600);
});

it('goes on with what is there, counting bytes rather than characters', async () => {
  await writeFile(path, '123456\n');
  new RotatingFile(path, 10, 3).write('äö\n');
  await untilFiles({ 'a.log': 'äö\n', 'a.log.1': '123456\n' });
});

it('writes on in the same file when it cannot be renamed', async () => {
  await mkdir(join(dir, 'a.log.1', 'x'), { recursive: true });
  await mkdir(join(dir, 'a.log.2', 'x'), { recursive: true });
  const file = new RotatingFile(path, 5, 2);
  for (const line of ['1111\n', '2222\n']) file.write(line);
  await vi.waitFor(async () => expect(await readFile(path, 'utf8')).toBe('1111\n2222\n'));
});

it('bears a directory that is not there', async () => {
  new RotatingFile(join(dir, 'nowhere', 'a.log'), 5, 2).write('1\n');
  await untilFiles({});
});
