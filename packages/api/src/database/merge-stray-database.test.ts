import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { PassThrough } from 'node:stream';
import { createLogger } from '@hermes/runtime';
import { sql } from 'kysely';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { foldDownloads } from '../projections/fold-downloads.ts';
import { readStats } from '../stats/read-stats.ts';
import { endedDownload, newDownload, removedFact, statusFact } from '../testing/facts.ts';
import { createOldDatabase } from '../testing/old-database.ts';
import { toRow } from './download-rows.ts';
import { mergeStrayDatabases } from './merge-stray-database.ts';
import { type Database, openDatabase } from './open-database.ts';
import type { DownloadsTable } from './schema.ts';

const NOW = new Date();
let cwd: string;
let home: string;
let stray: string;
let database: Database;
let log: string;

beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'hermes-cwd-'));
  home = await mkdtemp(join(tmpdir(), 'hermes-home-'));
  stray = join(cwd, '~', '.hermes', 'hermes.db');
  database = await openDatabase(join(home, '.hermes', 'hermes.db'), 64 * 1024 * 1024);
  log = '';
});

afterEach(async () => {
  await database.destroy();
  for (const dir of [cwd, home]) await rm(dir, { recursive: true, force: true });
});

async function merge(): Promise<void> {
  const sink = new PassThrough();
  sink.on('data', (chunk: Buffer) => {
    log += chunk.toString();
  });
  const path = join(home, '.hermes', 'hermes.db');
  await mergeStrayDatabases({ database, path, cwd, home, logger: createLogger('test', 'debug', sink) });
}

/** A database of the first release: it has neither the columns nor the tables of today. */
async function createStray(path = stray): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const old = await createOldDatabase(path, '0001_foundation');
  const downloads = [
    ...Array.from({ length: 1200 }, (_, at) => endedDownload(`old-${at}`, NOW.toISOString())),
    endedDownload('both', NOW.toISOString(), { status: 'failed' }),
    newDownload('open', NOW.toISOString()),
    newDownload('broken', 'yesterday'),
  ];
  const rows = downloads.map((download) => {
    const { ended_at: _ended, host: _host, search: _search, ...row } = toRow(download, 'e');
    return row as DownloadsTable;
  });
  for (let at = 0; at < rows.length; at += 500) {
    await old
      .insertInto('downloads')
      .values(rows.slice(at, at + 500))
      .execute();
  }
  const job = JSON.stringify({ download_id: 'open', url: 'https://files.example.com/open.bin', engine: 'http' });
  await old.insertInto('download_options').values({ download_id: 'open', job }).execute();
  await sql`insert into api_keys values ('k', 'stray', '[]', '', 'x', 1, '', null)`.execute(old);
  await old.destroy();
}

const ids = async () =>
  (await database.selectFrom('downloads').select('download_id').execute()).map(({ download_id }) => download_id);

it('takes over what is missing, once, and leaves the source as it is', async () => {
  await createStray();
  const before = await readFile(stray);
  const mine = endedDownload('both', NOW.toISOString(), { seq: 9 });
  await database.transaction().execute((transaction) => foldDownloads(transaction, [statusFact(mine, null)], 'mine'));
  await merge();
  expect(await ids()).toHaveLength(1202);
  expect(log).toContain('"merged":1201,"unreadable":1');
  // What is here already stays as it is.
  expect(await readStats(database, 'day', NOW)).toMatchObject({ downloads: 1202, completed: 1201, failed: 0 });
  expect(await database.selectFrom('download_options').select('download_id').execute()).toEqual([
    { download_id: 'open' },
  ]);
  expect(await database.selectFrom('api_keys').selectAll().execute()).toEqual([]);
  expect((await readFile(stray)).equals(before)).toBe(true);

  log = '';
  await merge();
  expect(log).toBe('');
  // What was deleted since does not come back, even if the source is read again.
  const removed = [removedFact(10, 'old-0', 'completed')];
  await database.transaction().execute((transaction) => foldDownloads(transaction, removed, 'mine'));
  await database.deleteFrom('merged_databases').execute();
  await merge();
  expect(await ids()).toHaveLength(1201);
  expect(log).toContain('"merged":0');
  expect(await readStats(database, 'day', NOW)).toMatchObject({ downloads: 1202, completed: 1201 });
});

it('finds it where a path of its own would have put it', async () => {
  await database.destroy();
  const path = join(home, 'data', 'my.db');
  database = await openDatabase(path, 64 * 1024 * 1024);
  await createStray(join(cwd, '~', 'data', 'my.db'));
  const sink = new PassThrough();
  await mergeStrayDatabases({ database, path, cwd, home, logger: createLogger('test', 'debug', sink) });
  expect(await ids()).toHaveLength(1202);
});

it('stops nothing if it is no database, or none of ours', async () => {
  await merge();
  expect(log).toBe('');
  await mkdir(dirname(stray), { recursive: true });
  await writeFile(stray, 'no database at all, but a text that is long enough to be looked at');
  await merge();
  expect(log).toContain('a stray database could not be merged');
  await rm(stray);
  // Another program's database.
  const other = await openDatabase(stray, 64 * 1024 * 1024);
  await sql`drop table download_options`.execute(other);
  await other.destroy();
  await merge();
  expect(await ids()).toEqual([]);
  // Its own, by another name.
  log = '';
  await rm(stray);
  await symlink(join(home, '.hermes', 'hermes.db'), stray);
  await merge();
  expect(log).toBe('');
});
