import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { historyFilter } from '../history/history-filter.ts';
import { HistoryStore } from '../history/history-store.ts';
import { bucketsQuery, readStats } from '../stats/read-stats.ts';
import { endedDownload, newDownload } from '../testing/facts.ts';
import { createOldDatabase } from '../testing/old-database.ts';
import { planOf } from '../testing/plan-of.ts';
import { toRow } from './download-rows.ts';
import { type Database, openDatabase } from './open-database.ts';

const NOW = new Date('2026-01-31T12:00:00Z');
let home: string;
let path: string;
const opened: Database[] = [];

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'hermes-api-'));
  path = join(home, 'hermes.db');
});

afterEach(async () => {
  for (const database of opened.splice(0)) await database.destroy();
  await rm(home, { recursive: true, force: true });
});

async function open(): Promise<Database> {
  const database = await openDatabase(path, 64 * 1024 * 1024);
  opened.push(database);
  return database;
}

/** A database as the first release left it. */
async function createOld(): Promise<void> {
  const old = await createOldDatabase(path, '0002_download_secrets');
  const downloads = [
    endedDownload('done', '2026-01-31T11:00:00Z', { url: 'https://Files.Example.com:8443/Done.BIN' }),
    endedDownload('failed', '2026-01-30T11:00:00.5Z', { status: 'failed' }),
    newDownload('open', '2026-01-31T11:30:00Z'),
  ];
  for (const download of downloads) {
    const { ended_at: _ended, host: _host, search: _search, ...row } = toRow(download, 'e');
    await old
      .insertInto('downloads')
      .values(row as ReturnType<typeof toRow>)
      .execute();
  }
  await old.destroy();
}

describe.each([
  ['a new database', async () => {}],
  ['an existing database', createOld],
])('%s', (_name, create) => {
  beforeEach(create);

  it('answers every question of history and statistics from an index', async () => {
    const database = await open();
    const history = new HistoryStore(database);
    const after = { ended_at: '2026-01-01T00:00:00.000Z', download_id: 'a' };
    const time = { from: '2025-01-01T00:00:00Z', to: '2026-01-01T00:00:00Z' };
    for (const narrow of [
      {},
      time,
      { engine: 'http' as const },
      { host: 'a.example' },
      { q: 'a' },
      { host: 'a.example', q: 'a', ...time },
    ]) {
      const filter = historyFilter(narrow);
      for (const status of [null, 'failed'] as const) {
        for (const query of [
          history.positionsQuery(filter, status, null, 20),
          history.positionsQuery(filter, status, after, 20),
          history.countQuery(filter, status),
        ]) {
          const steps = await planOf(database, query);
          expect(steps, JSON.stringify(narrow)).toHaveLength(1);
          // What no search needs to read, nothing else reads.
          if (!('q' in narrow)) expect(steps[0]).not.toContain('search');
          else if (!('host' in narrow) && status === null)
            expect(steps[0]).toContain('COVERING INDEX downloads_history_search');
          expect(steps[0]).toMatch(/^SEARCH downloads USING (COVERING )?INDEX downloads_history\w* \(.*ended_at>/);
        }
      }
    }
    const [bound] = await planOf(database, history.positionsQuery(historyFilter({}), null, after, 20));
    expect(bound).toContain('(ended_at>? AND ended_at<?)');
    expect(await planOf(database, bucketsQuery(database, 'day', 'a', 'b'))).toEqual([
      expect.stringMatching(/^SEARCH stats_buckets USING INDEX \w+ \(grain=\? AND starts_at>\? AND starts_at<\?\)$/),
    ]);
  });
});

it('fills in what it knows of the downloads that are there', async () => {
  await createOld();
  const database = await open();
  const rows = await database
    .selectFrom('downloads')
    .select(['ended_at', 'host', 'search'])
    .orderBy('download_id')
    .execute();
  expect(rows).toEqual([
    {
      ended_at: '2026-01-31T11:00:00.000Z',
      host: 'files.example.com',
      search: 'done.bin\nhttps://files.example.com:8443/done.bin',
    },
    {
      ended_at: '2026-01-30T11:00:00.500Z',
      host: 'files.example.com',
      search: 'failed.bin\nhttps://files.example.com/failed.bin',
    },
    { ended_at: null, host: 'files.example.com', search: '\nhttps://files.example.com/open.bin' },
  ]);
  expect(await readStats(database, 'week', NOW)).toMatchObject({ downloads: 3, completed: 1, failed: 1, bytes: 1000 });
});
