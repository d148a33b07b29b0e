import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { API_BASE, PERIODS } from '@hermes/contracts';
import { DownloadStore } from '../../../packages/api/src/database/download-store.ts';
import { type Database, openDatabase } from '../../../packages/api/src/database/open-database.ts';
import { encodeHistoryCursor } from '../../../packages/api/src/history/history-cursor.ts';
import { historyFilter } from '../../../packages/api/src/history/history-filter.ts';
import { HistoryStore } from '../../../packages/api/src/history/history-store.ts';
import { foldDownloads } from '../../../packages/api/src/projections/fold-downloads.ts';
import { bucketsQuery } from '../../../packages/api/src/stats/read-stats.ts';
import { timeWindow } from '../../../packages/api/src/stats/time-window.ts';
import { endedDownload, statusFact } from '../../../packages/api/src/testing/facts.ts';
import { planOf } from '../../../packages/api/src/testing/plan-of.ts';
import { freePort } from '../../support/service-process.ts';
import { TestRedis } from '../../support/test-redis.ts';
import { quantile, sorted } from '../clients/quantile.ts';
import { assignCores } from '../process/cores.ts';
import { ServerUnderTest } from '../process/server-under-test.ts';
import { count, decimal } from '../report.ts';
import type { Scenario } from './scenario.ts';

const MAIN = resolve(import.meta.dirname, '../../../packages/api/src/main.ts');
const ROWS = 100_000;
const PAGE = 1000;
const HOSTS = 200;
const YEAR_MS = 365 * 86_400_000;
const MAX_P95_MS = 50;

/** What is asked for, and what the database must do for it. */
interface Question {
  name: string;
  path: string;
  queries: (database: Database) => Parameters<typeof planOf>[1][];
}

/** Everything that reads the history must stay quick when there is much of it. */
export const history: Scenario = {
  name: 'history',
  summary: `lists, searches, statistics and timeline over ${count(ROWS)} downloads, through HTTP`,
  async run({ quick, log }) {
    const home = await mkdtemp(join(tmpdir(), 'hermes-bench-'));
    const redis = await TestRedis.start();
    let database: Database | null = null;
    let server: ServerUnderTest | null = null;
    try {
      database = await openDatabase(join(home, 'hermes.db'), 1024 * 1024 * 1024);
      await fill(database, quick ? ROWS / 10 : ROWS);
      log('filled');
      const port = await freePort();
      const env = {
        HERMES_HOME: home,
        HERMES_REDIS_URL: redis.url,
        API_PORT: String(port),
        HERMES_RATE_LIMIT_PER_MINUTE: '1000000',
      };
      server = await ServerUnderTest.start([process.execPath, MAIN], assignCores().server, env, port);
      const key = (await readFile(join(home, 'admin.key'), 'utf8')).trim();
      const rows: string[][] = [];
      let worst = 0;
      for (const { name, path, queries } of questions()) {
        const times = await ask(`http://127.0.0.1:${port}${API_BASE}${path}`, key, quick ? 20 : 200);
        const steps = (await Promise.all(queries(database).map((query) => planOf(database as Database, query)))).flat();
        const p95 = quantile(times, 0.95);
        worst = Math.max(worst, p95);
        rows.push([name, decimal(quantile(times, 0.5)), decimal(p95), decimal(quantile(times, 1)), indexesOf(steps)]);
        log(`${name}: p95 ${decimal(p95)} ms`);
      }
      return {
        tables: [
          {
            title: `${count(quick ? ROWS / 10 : ROWS)} downloads in the history`,
            columns: ['question', 'p50 ms', 'p95 ms', 'worst ms', 'index'],
            rows,
            notes: [
              'One request after the other, on one connection, over the whole way: HTTP, credential, query, JSON.',
              'The index as SQLite says it by EXPLAIN QUERY PLAN; "none" would be a scan or a sort.',
            ],
          },
        ],
        bars: [
          {
            measure: `lists, searches and statistics over ${count(ROWS)} downloads, worst p95`,
            bar: `< ${MAX_P95_MS} ms, each from an index`,
            measured: `${decimal(worst)} ms${rows.some((row) => row.at(-1) === 'none') ? ', not each from an index' : ''}`,
            met: worst < MAX_P95_MS && rows.every((row) => row.at(-1) !== 'none'),
          },
        ],
      };
    } finally {
      await server?.stop('SIGTERM');
      await database?.destroy();
      await redis.close();
      await rm(home, { recursive: true, force: true });
    }
  },
};

function questions(): Question[] {
  const middle = { ended_at: new Date(Date.now() - YEAR_MS / 2).toISOString(), download_id: 'd' };
  const month = {
    from: new Date(Date.now() - YEAR_MS / 4).toISOString(),
    to: new Date(Date.now() - YEAR_MS / 6).toISOString(),
  };
  const lists: [string, Parameters<typeof historyFilter>[0]][] = [
    ['history', {}],
    ['history, one status', { status: ['failed'] }],
    ['history, two statuses', { status: ['completed', 'failed'] }],
    ['history, one host', { host: 'host-7.example' }],
    ['history, one host and status', { host: 'host-7.example', status: ['failed'] }],
    ['history, a rare engine', { engine: 'yt-dlp' }],
    ['history, a month', month],
    ['history, text that few have', { q: 'episode-4242' }],
    ['history, text that none has', { q: 'nowhere to be found' }],
    ['history, text that all have', { q: 'episode' }],
    ['history, text and a host', { q: '42', host: 'host-7.example' }],
    ['history, two letters', { q: '99' }],
  ];
  return [
    ...lists.map(([name, query]) => {
      const filter = historyFilter(query);
      return {
        name,
        path: `/history?${new URLSearchParams(Object.entries(query).map(([field, value]) => [field, String(value)]))}`,
        queries: (database: Database) =>
          (filter.statuses ?? [null]).flatMap((status) => {
            const store = new HistoryStore(database);
            return [store.positionsQuery(filter, status, null, 21), store.countQuery(filter, status)];
          }),
      };
    }),
    {
      name: 'history, a page in the middle',
      path: `/history?limit=100&cursor=${encodeHistoryCursor(middle)}`,
      queries: (database) => [new HistoryStore(database).positionsQuery(historyFilter({}), null, middle, 101)],
    },
    {
      name: 'queue, what has ended',
      path: '/download/queue?view=history',
      queries: (database) => [new DownloadStore(database).listQuery('completed', 'newest', null, 21)],
    },
    ...['/stats', '/timeline', '/timeline/summary'].flatMap((path) =>
      PERIODS.map((period) => ({
        name: `${path.slice(1)}, ${period}`,
        path: `${path}?period=${period}`,
        queries: (database: Database) => {
          const { grain, bounds } = timeWindow(period, new Date());
          return [bucketsQuery(database, grain, bounds[0] as string, bounds.at(-1) as string)];
        },
      })),
    ),
  ];
}

/** Downloads of a year, as the log would have told them. */
async function fill(database: Database, rows: number): Promise<void> {
  const started = Date.now() - YEAR_MS;
  for (let at = 0; at < rows; at += PAGE) {
    const facts = Array.from({ length: PAGE }, (_, index) => {
      const number = at + index;
      const id = `d${String((number * 7919) % rows).padStart(31, '0')}`;
      const download = endedDownload(id, new Date(started + (number / rows) * YEAR_MS).toISOString(), {
        seq: number + 1,
        status: number % 10 === 3 ? 'failed' : number % 25 === 4 ? 'cancelled' : 'completed',
        engine: number % 50 === 0 ? 'yt-dlp' : 'http',
        url: `https://host-${number % HOSTS}.example/library/series/season-${number % 12}/episode-${number}.mkv?token=0123456789abcdef`,
        filename: `A series of some name - season ${number % 12} - episode-${number}.mkv`,
      });
      return statusFact(download, 'downloading');
    });
    await database.transaction().execute((transaction) => foldDownloads(transaction, facts, 'bench'));
  }
}

/** @returns milliseconds of each answer, in rising order. */
async function ask(url: string, key: string, times: number): Promise<Float64Array> {
  const taken: number[] = [];
  for (let at = -5; at < times; at++) {
    const startedAt = performance.now();
    const answer = await fetch(url, { headers: { authorization: `Bearer ${key}` } });
    await answer.arrayBuffer();
    if (!answer.ok) throw new Error(`${url} answered ${answer.status}`);
    if (at >= 0) taken.push(performance.now() - startedAt);
  }
  return sorted(taken);
}

function indexesOf(steps: readonly string[]): string {
  const names = steps.map((step) => /^SEARCH \w+ USING (?:COVERING )?INDEX (\S+)/.exec(step)?.[1]);
  return names.includes(undefined) ? 'none' : [...new Set(names)].join(', ');
}
