import { mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sha256 } from '../../../../tests/support/test-origin.ts';
import { AttemptDirectory, type PartialState } from './attempt-directory.ts';
import { findPlaced, placeFile } from './place-file.ts';

const content = Buffer.from('the whole file');
const whole = { size: content.length, sha256: sha256(content) };
const fresh: PartialState = {
  url: 'http://host/film.mp4',
  etag: null,
  last_modified: null,
  total_bytes: content.length,
  content_type: null,
  name: 'film.mp4',
  placed: null,
};
/** What a file system without hard links says; there is none here to be had. */
const noLinks = () => Promise.reject(Object.assign(new Error('no links'), { code: 'EPERM' }));

describe('placing a finished file', () => {
  let dir: string;
  let directory: AttemptDirectory;

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'hermes-place-'));
    directory = await AttemptDirectory.claim(dir, 'd', 1);
    const part = await directory.beginPart(fresh, null);
    await part.append(content);
    await part.close();
  });
  afterEach(() => rm(dir, { recursive: true, force: true }));

  const state = async () => (await directory.readState()) as PartialState;
  const files = async () => (await readdir(dir)).filter((name) => name !== '.incomplete').sort();

  describe.each([
    ['by a link', undefined],
    ['by renaming where there are no links', noLinks],
  ])('%s', (_name, link) => {
    it('never overwrites: the next free name is taken', async () => {
      await writeFile(join(dir, 'film.mp4'), 'mine');
      await writeFile(join(dir, 'film (1).mp4'), '');
      expect(await placeFile(directory, fresh, whole, link)).toBe('film (2).mp4');
      expect(await readFile(join(dir, 'film (2).mp4'))).toEqual(content);
      expect(await readFile(join(dir, 'film.mp4'), 'utf8')).toBe('mine');
      expect(await readFile(join(dir, 'film (1).mp4'), 'utf8')).toBe('');
    });

    it('is recognised by who comes after a crash', async () => {
      await placeFile(directory, fresh, whole, link);
      const next = await AttemptDirectory.claim(dir, 'd', 2);
      expect(await findPlaced(next, (await next.readState()) as PartialState)).toEqual({ name: 'film.mp4', ...whole });
    });

    it('fails once a newer attempt has taken over, and leaves nothing', async () => {
      await AttemptDirectory.claim(dir, 'd', 2);
      await expect(placeFile(directory, fresh, whole, link)).rejects.toMatchObject({ name: 'DirectoryLostError' });
      expect(await files()).toEqual([]);
    });
  });

  it('two that race for a name both get one', async () => {
    const second = await AttemptDirectory.claim(dir, 'e', 1);
    const part = await second.beginPart(fresh, null);
    await part.append(content);
    await part.close();
    const names = await Promise.all([placeFile(directory, fresh, whole), placeFile(second, fresh, whole)]);
    expect(names.toSorted()).toEqual(['film (1).mp4', 'film.mp4']);
  });

  it('does not take another file of that name for it', async () => {
    await directory.writeState({ ...fresh, placed: { name: 'film.mp4', ...whole } });
    expect(await findPlaced(directory, await state())).toBeNull();
    await writeFile(join(dir, 'film.mp4'), content);
    expect(await findPlaced(directory, await state())).toBeNull();
  });

  it('without the part, only the same bytes are it', async () => {
    await directory.writeState({ ...fresh, placed: { name: 'film.mp4', ...whole } });
    await rename(directory.partPath('film.mp4'), join(dir, 'film.mp4'));
    expect(await findPlaced(directory, await state())).toMatchObject({ name: 'film.mp4' });
    await writeFile(join(dir, 'film.mp4'), 'THE WHOLE FILE');
    expect(await findPlaced(directory, await state())).toBeNull();
  });
});

describe('AttemptDirectory', () => {
  let dir: string;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'hermes-attempt-'));
  });
  afterEach(() => rm(dir, { recursive: true, force: true }));

  it('is taken over by the next attempt, and lost to the one before', async () => {
    const first = await AttemptDirectory.claim(dir, 'd', 1);
    const held = await first.beginPart(fresh, null);
    await held.append(Buffer.from('half'));
    const second = await AttemptDirectory.claim(dir, 'd', 3);
    expect(await second.readState()).toEqual(fresh);
    await expect(first.writeState(fresh)).rejects.toMatchObject({ name: 'DirectoryLostError' });
    await expect(first.beginPart(fresh, null)).rejects.toMatchObject({ name: 'DirectoryLostError' });
    expect(await first.readState()).toBeNull();

    const resumed = await second.openPart(fresh);
    await resumed?.rehash(new AbortController().signal);
    expect(resumed?.size).toBe(4);
    // The frozen one wakes up: its bytes are the same, at the same place.
    await held.append(Buffer.from(' way'));
    await resumed?.append(Buffer.from(' way'));
    expect(await readFile(second.partPath(fresh.name), 'utf8')).toBe('half way');
    await Promise.all([held.close(), resumed?.close()]);
  });

  it('begins a new file that late writes to the old one do not reach', async () => {
    const directory = await AttemptDirectory.claim(dir, 'd', 1);
    const old = await directory.beginPart(fresh, null);
    await old.append(Buffer.from('old'));
    const renamed = { ...fresh, name: 'other.mp4' };
    const part = await directory.beginPart(renamed, fresh.name);
    await old.append(Buffer.from('older'));
    await part.append(Buffer.from('new'));
    expect(await readFile(directory.partPath('other.mp4'), 'utf8')).toBe('new');
    expect(await directory.openPart(fresh)).toBeNull();
    await Promise.all([old.close(), part.close()]);
  });

  it('starts empty, and takes over also from numbers that a new life of the log has not given yet', async () => {
    const first = await AttemptDirectory.claim(dir, 'd', 7);
    expect(await first.readState()).toBeNull();
    await first.writeState(fresh);
    const again = await AttemptDirectory.claim(dir, 'd', 1);
    expect(await again.readState()).toEqual(fresh);
    await AttemptDirectory.discard(dir, 'd');
    expect(await again.readState()).toBeNull();
  });

  it('a download directory that is a file is told as a failure of the disk', async () => {
    await writeFile(join(dir, 'file'), '');
    await expect(AttemptDirectory.claim(join(dir, 'file'), 'd', 1)).rejects.toMatchObject({ code: 'WRITE_FAILED' });
  });
});
