import { setTimeout as delay } from 'node:timers/promises';
import { EVENTS_BASE, type EventsHealth } from '@hermes/contracts';
import { MeasuredPage, type Traffic, type WebPageName } from '../clients/measured-page.ts';
import { type Bar, decimal } from '../report.ts';
import { type WebApp, withWebApp } from '../targets/web-app.ts';
import type { Bench, Scenario } from './scenario.ts';

const EVENTS_PER_SECOND = 4;
const PAGES: readonly WebPageName[] = ['queue', 'dashboard'];
const MAX_KB = { 10: 60, 100: 150 } as const;
const MAX_REQUESTS = 1;
const MAX_REQUEST_SHARE = 0.03;
const MAX_BYTE_SHARE = 0.2;
const TABS = 10;

type Downloads = keyof typeof MAX_KB;

/** What a page takes off the wire while downloads run, with a stream and by polling. */
export const webTraffic: Scenario = {
  name: 'web-traffic',
  summary: 'requests and bytes a minute of the pages in Chromium, with the stream and by polling; ten tabs',
  async run(bench) {
    const rows: string[][] = [];
    const bars: Bar[] = [];
    const isHere = await withWebApp(async (app) => {
      for (const downloads of [10, 100] as const) {
        await app.transfers.call('prepare', downloads);
        const { streamed, polled } = await compare(app, downloads, bench);
        for (const name of PAGES) {
          const compared = { streamed: streamed[name], polled: polled[name] };
          rows.push(rowOf('the stream', name, downloads, compared.streamed));
          rows.push(rowOf('polling', name, downloads, compared.polled));
          bars.push(...barsOf(name, downloads, compared));
        }
      }
      bars.push(await countTabs(app));
    });
    if (!isHere) {
      bench.log('caddy or chromium is not here and is left out');
      return { tables: [], bars: [] };
    }
    return {
      tables: [
        {
          title: 'The web app in Chromium: traffic a minute',
          columns: ['page', 'downloads', 'by', 'requests', 'KB'],
          rows,
          notes: [
            `Each download at ${EVENTS_PER_SECOND} events/s, as a worker reports it. Bytes as they came off the wire, heads included. ` +
              'By polling: the same pages after PATCH /config {"sse_enabled": false}.',
          ],
        },
      ],
      bars,
    };
  },
};

type ByPage = Record<WebPageName, Traffic>;

async function compare(
  app: WebApp,
  downloads: number,
  { quick, log }: Bench,
): Promise<{ streamed: ByPage; polled: ByPage }> {
  const seconds = quick ? 4 : 10;
  const pages: MeasuredPage[] = [];
  for (const name of PAGES) pages.push(await MeasuredPage.open(await app.newBrowser(), app.origin, name));
  for (const page of pages) await page.untilConnection('live');
  await app.transfers.call('begin', { downloads, eventsPerSecond: EVENTS_PER_SECOND });
  const streamed = await overAMinute(pages, seconds);
  await app.switchStreams(false);
  for (const page of pages) await page.untilConnection('polling');
  const polled = await overAMinute(pages, seconds);
  await app.switchStreams(true);
  const { failed } = await app.transfers.call('end', undefined);
  if (failed > 0) throw new Error(`${failed} events were not published`);
  for (const page of pages) await page.page.context().close();
  log(`${downloads} downloads: ${JSON.stringify({ streamed, polled })}`);
  return { streamed, polled };
}

async function overAMinute(pages: readonly MeasuredPage[], seconds: number): Promise<ByPage> {
  // What changes over is over.
  await delay(2000);
  const before = pages.map((page) => page.traffic());
  await delay(seconds * 1000);
  const factor = 60 / seconds;
  return Object.fromEntries(
    pages.map((page, index) => {
      const { requests, bytes } = page.traffic();
      const since = before[index] ?? { requests: 0, bytes: 0 };
      return [
        page.name,
        { requests: (requests - since.requests) * factor, bytes: (bytes - since.bytes) * factor },
      ] as const;
    }),
  ) as ByPage;
}

function rowOf(by: string, name: string, downloads: number, { requests, bytes }: Traffic): string[] {
  return [name, String(downloads), by, decimal(requests, 0), decimal(bytes / 1000, 0)];
}

function barsOf(
  name: string,
  downloads: Downloads,
  { streamed, polled }: { streamed: Traffic; polled: Traffic },
): Bar[] {
  const requests = streamed.requests / polled.requests;
  const bytes = streamed.bytes / polled.bytes;
  const kilobytes = streamed.bytes / 1000;
  return [
    {
      measure: `${name} in Chromium, ${downloads} downloads: KB a minute`,
      bar: `≤ ${MAX_KB[downloads]}`,
      measured: decimal(kilobytes, 0),
      met: kilobytes <= MAX_KB[downloads],
    },
    {
      measure: `${name} in Chromium, ${downloads} downloads: requests a minute`,
      bar: `≤ ${MAX_REQUESTS}`,
      measured: decimal(streamed.requests, 0),
      met: streamed.requests <= MAX_REQUESTS,
    },
    {
      measure: `the same against polling: requests, bytes`,
      bar: `≤ ${MAX_REQUEST_SHARE * 100} %, ≤ ${MAX_BYTE_SHARE * 100} %`,
      measured: `${decimal(requests * 100)} %, ${decimal(bytes * 100)} %`,
      met: requests <= MAX_REQUEST_SHARE && bytes <= MAX_BYTE_SHARE,
    },
  ];
}

async function countTabs(app: WebApp): Promise<Bar> {
  const browser = await app.newBrowser();
  const tabs: MeasuredPage[] = [];
  for (let tab = 0; tab < TABS; tab += 1) tabs.push(await MeasuredPage.open(browser, app.origin, 'dashboard'));
  await app.transfers.call('begin', { downloads: 10, eventsPerSecond: EVENTS_PER_SECOND });
  for (const tab of tabs) await tab.untilConnection('live');
  await delay(1000);
  const response = await fetch(`${app.deployment.eventsOrigin}${EVENTS_BASE}/health`);
  const { active_connections: connections } = (await response.json()) as EventsHealth;
  await app.transfers.call('end', undefined);
  await browser.close();
  return {
    measure: `connections that the gateway counts of ${TABS} tabs with 10 downloads`,
    bar: '1',
    measured: String(connections),
    met: connections === 1,
  };
}
