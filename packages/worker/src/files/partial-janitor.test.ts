import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DownloadStatus, RETRY_WINDOW_MS } from '@hermes/contracts';
import { createLogger } from '@hermes/runtime';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PartialJanitor } from './partial-janitor.ts';

describe('PartialJanitor', () => {
  let dir: string;
  let known: Map<string, DownloadStatus>;
  let janitor: PartialJanitor;

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'hermes-janitor-'));
    known = new Map();
    janitor = make(async (id) => known.get(id) ?? null);
  });
  afterEach(async () => {
    janitor.close();
    await rm(dir, { recursive: true, force: true });
  });

  function make(statusOf: (id: string) => Promise<DownloadStatus | null>): PartialJanitor {
    return new PartialJanitor({ downloadDir: dir, statusOf, logger: createLogger('test', 'silent') });
  }

  async function leave(id: string, ageMs: number, status?: DownloadStatus): Promise<void> {
    const attempt = join(dir, '.incomplete', id, '1');
    await mkdir(attempt, { recursive: true });
    await writeFile(join(attempt, 'file.part'), 'bytes');
    const time = new Date(Date.now() - ageMs);
    for (const path of [join(attempt, 'file.part'), attempt, join(attempt, '..')]) await utimes(path, time, time);
    if (status !== undefined) known.set(id, status);
  }

  const left = async () => (await readdir(join(dir, '.incomplete'))).sort();
  const old = RETRY_WINDOW_MS + 60_000;

  it('keeps what may be gone on with, and only that', async () => {
    for (const status of ['queued', 'downloading', 'processing', 'paused'] as const) await leave(status, old, status);
    await leave('failed-new', 60_000, 'failed');
    await leave('failed-old', old, 'failed');
    await leave('forgotten-new', 60_000);
    await leave('forgotten-old', old);
    await leave('completed', 0, 'completed');
    await leave('cancelled', 0, 'cancelled');
    await leave('.trash-of-a-crash', 0);
    await leave('not an id', old);
    await janitor.sweep();
    expect(await left()).toEqual(
      ['downloading', 'failed-new', 'forgotten-new', 'not an id', 'paused', 'processing', 'queued'].sort(),
    );
  });

  it('an old folder with a new file in it is a new one', async () => {
    await leave('failed', old, 'failed');
    await writeFile(join(dir, '.incomplete/failed/1/file.part'), 'more');
    await janitor.sweep();
    expect(await left()).toEqual(['failed']);
  });

  it('puts back what was begun again while it looked', async () => {
    await leave('again', old);
    let asked = 0;
    const slow = make(async () => (++asked === 1 ? 'failed' : 'downloading'));
    await slow.look('again');
    slow.close();
    expect(asked).toBe(2);
    expect(await readdir(join(dir, '.incomplete/again/1'))).toEqual(['file.part']);
  });

  it('removes nothing while the log cannot be asked, and nothing where there is nothing', async () => {
    await leave('cancelled', old, 'cancelled');
    const away = make(() => Promise.reject(new Error('away')));
    await away.sweep();
    away.close();
    expect(await left()).toEqual(['cancelled']);
    known.set('never-begun', 'cancelled');
    await janitor.look('never-begun');
    await rm(join(dir, '.incomplete'), { recursive: true });
    await janitor.sweep();
  });
});
