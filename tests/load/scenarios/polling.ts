import { resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { API_BASE, EVENTS_BASE } from '@hermes/contracts';
import type { Deployment } from '../../deploy/deployment.ts';
import { Fleet } from '../clients/fleet.ts';
import { formerRoutes } from '../clients/former-routes.ts';
import { PollingPage } from '../clients/polling-page.ts';
import { downloadName } from '../process/measured-event.ts';
import { cpuSeconds } from '../process/process-usage.ts';
import { RemoteProcess } from '../process/remote.ts';
import type { PublishCommands } from '../publishers/publish-process.ts';
import { type Bar, count, decimal, percent } from '../report.ts';
import { withDeployment } from '../targets/production.ts';
import type { Scenario } from './scenario.ts';

const EVENTS_PER_SECOND = 4;
const PAGES = 200;
const FRESHNESS_MS = 2000;
const MAX_BYTES_RATIO = 0.2;
const MAX_CPU_RATIO = 0.7;

/** Stream against polling: bytes at the rates the app used to poll at, CPU where both are equally fresh. */
export const polling: Scenario = {
  name: 'polling',
  summary: 'bytes and server CPU of a stream against polling, at the same number of downloads',
  async run({ quick, log }) {
    const byteRows: string[][] = [];
    const cpuRows: string[][] = [];
    const bars: Bar[] = [];
    const isHere = await withDeployment({ withoutWorker: true }, async (deployment) => {
      const publisher = new RemoteProcess<PublishCommands>(
        resolve(import.meta.dirname, '../publishers/publish-process.ts'),
        null,
      );
      try {
        await publisher.call('open', { kind: 'log', redisUrl: deployment.redis.url });
        const headers = { authorization: `Bearer ${await deployment.adminKey()}` };
        for (const downloads of [10, 100]) {
          await publisher.call('prepare', downloads);
          await delay(1000);
          const seconds = quick ? 3 : 30;
          const publishing = publisher.call('publish', {
            rate: downloads * EVENTS_PER_SECOND,
            seconds: seconds * 2 + 3,
            downloads,
          });
          // Whatever fails below ends it, which is then no news.
          publishing.catch(() => {});
          const page = await pollOnePage(deployment, headers, downloads, seconds);
          const stream = await streamOnePage(deployment, headers, seconds);
          await publishing;
          log(`${downloads} downloads: polling ${decimal(page.gzip, 0)} KB, stream ${decimal(stream, 0)} KB a minute`);
          byteRows.push([
            String(downloads),
            count(page.requests),
            decimal(page.plain, 0),
            decimal(page.gzip, 0),
            decimal(stream, 0),
            `${decimal(stream / page.plain, 2)}x`,
            `${decimal(stream / page.gzip, 2)}x`,
          ]);
          bars.push({
            measure: `bytes a minute to one page against polling as the app used to, ${downloads} downloads`,
            bar: `≤ ${MAX_BYTES_RATIO}x`,
            measured: `${decimal(stream / page.plain, 2)}x (against polling with gzip: ${decimal(stream / page.gzip, 2)}x)`,
            met: stream / page.plain <= MAX_BYTES_RATIO,
          });
        }
        const downloads = 10;
        const { streamed, polled, rows } = await compareCpu(deployment, headers, publisher, downloads, quick ? 2 : 15);
        cpuRows.push(...rows);
        bars.push({
          measure: `server CPU of ${PAGES} pages, as fresh as polling every ${FRESHNESS_MS / 1000} s, against polling`,
          bar: `≤ ${MAX_CPU_RATIO}x`,
          measured: `${decimal(streamed / polled, 2)}x`,
          met: streamed / polled <= MAX_CPU_RATIO,
        });
      } finally {
        await publisher.stop();
      }
    });
    if (!isHere) {
      log('caddy is not here and is left out');
      return { tables: [], bars: [] };
    }
    return {
      tables: [
        {
          title: `Kilobytes a minute to one page: polling as the web app used to, and a stream`,
          columns: ['downloads', 'polls', 'polling', 'polling, gzip', 'stream, gzip', 'against plain', 'against gzip'],
          rows: byteRows,
          notes: [
            'Polling: each download and the queue every 2 s, statistics, timeline, summary and health every 30 s, storage and keys every 60 s. ' +
              'Stream: interval_ms=500, each download at 4 events/s. Bodies only: the heads of the polls (some 400 bytes each) are not counted against them.',
          ],
        },
        {
          title: `Server CPU of ${PAGES} pages that watch 10 downloads`,
          columns: ['how', 'server', 'CPU', 'CPU idle', 'added', 'requests or events/s'],
          rows: cpuRows,
          notes: [
            'Idle: the same events with nobody watching. Added is what the pages cost; polling asks for one page of the queue alone, with a kept connection.',
          ],
        },
      ],
      bars,
    };
  },
};

async function pollOnePage(
  { apiOrigin }: Deployment,
  headers: Record<string, string>,
  downloads: number,
  seconds: number,
): Promise<{ requests: number; plain: number; gzip: number }> {
  const page = new PollingPage(
    `${apiOrigin}${API_BASE}`,
    headers,
    formerRoutes(Array.from({ length: downloads }, (_, n) => downloadName(n))),
    true,
  );
  await delay(seconds * 1000);
  page.close();
  // What was on its way when the page was closed counts as failed, too.
  if (page.failed > page.requests / 100) {
    throw new Error(`${page.failed} of ${page.requests} polls failed: ${page.failure}`);
  }
  const perMinute = 60 / seconds;
  return {
    requests: page.requests * perMinute,
    plain: (page.bodyBytes / 1000) * perMinute,
    gzip: (page.gzipBytes / 1000) * perMinute,
  };
}

/** Kilobytes a minute. */
async function streamOnePage(
  { eventsOrigin }: Deployment,
  headers: Record<string, string>,
  seconds: number,
): Promise<number> {
  const fleet = new Fleet();
  const address = {
    port: Number(new URL(eventsOrigin).port),
    path: `${EVENTS_BASE}/stream?interval_ms=500`,
    headers: { ...headers, 'accept-encoding': 'gzip' },
    liveMark: null,
  };
  await fleet.open({ address, count: 1, sampled: 0, concurrency: 1, timeoutMs: 10_000 });
  await delay(1000);
  await fleet.mark(null);
  await delay(seconds * 1000);
  const { bodyBytes } = await fleet.read(null);
  await fleet.close(null);
  return (bodyBytes / 1000 / seconds) * 60;
}

async function compareCpu(
  deployment: Deployment,
  headers: Record<string, string>,
  publisher: RemoteProcess<PublishCommands>,
  downloads: number,
  seconds: number,
): Promise<{ streamed: number; polled: number; rows: string[][] }> {
  const api = deployment.service('api').pid;
  const events = deployment.service('events').pid;
  const share = async (pid: number): Promise<number> => {
    const before = cpuSeconds(pid);
    await publisher.call('publish', { rate: downloads * EVENTS_PER_SECOND, seconds, downloads });
    return (cpuSeconds(pid) - before) / seconds;
  };
  const idle = { api: await share(api), events: await share(events) };

  const queue = [{ path: '/download/queue?limit=20', intervalMs: FRESHNESS_MS }];
  const pages = Array.from(
    { length: PAGES },
    () => new PollingPage(`${deployment.apiOrigin}${API_BASE}`, headers, queue, false),
  );
  await delay(FRESHNESS_MS);
  const polled = (await share(api)) - idle.api;
  for (const page of pages) page.close();

  const rows = [
    [
      `polling every ${FRESHNESS_MS / 1000} s`,
      'API',
      percent(polled + idle.api),
      percent(idle.api),
      percent(polled),
      count(PAGES / (FRESHNESS_MS / 1000)),
    ],
  ];
  const stream = async (intervalMs: number): Promise<number> => {
    const fleet = new Fleet();
    const address = {
      port: Number(new URL(deployment.eventsOrigin).port),
      path: `${EVENTS_BASE}/stream?interval_ms=${intervalMs}`,
      headers,
      liveMark: 'event: snapshot',
    };
    await fleet.open({ address, count: PAGES, sampled: 1, concurrency: 20, timeoutMs: 30_000 });
    await delay(1000);
    await fleet.mark(null);
    const added = (await share(events)) - idle.events;
    const { events: received } = await fleet.read(null);
    await fleet.close(null);
    rows.push([
      `a stream, interval_ms=${intervalMs}`,
      'events',
      percent(added + idle.events),
      percent(idle.events),
      percent(added),
      count((received / seconds) * PAGES),
    ]);
    return added;
  };
  const streamed = await stream(FRESHNESS_MS);
  await stream(500);
  await stream(0);
  return { streamed, polled, rows };
}
