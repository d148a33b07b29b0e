import { setTimeout as delay } from 'node:timers/promises';
import { EVENTS_BASE, type EventsHealth } from '@hermes/contracts';
import { FormerPage } from '../clients/former-page.ts';
import { MeasuredPage, type WebPageName } from '../clients/measured-page.ts';
import type { Traffic } from '../clients/wire-traffic.ts';
import { downloadName } from '../process/measured-event.ts';
import { type Bar, decimal } from '../report.ts';
import { type WebApp, withWebApp } from '../targets/web-app.ts';
import type { Bench, Scenario } from './scenario.ts';

const PACE = { eventsPerSecond: 4, eventsPerPercent: 20 };
/** How long they are counted, in seconds; what few downloads cost in detail. */
const SECONDS = { 10: 300, 100: 10 } as const;
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
        const { streamed, polled, former } = await compare(app, downloads, bench);
        for (const name of PAGES) {
          rows.push(rowOf('the stream', name, downloads, streamed[name]));
          rows.push(rowOf('polling', name, downloads, polled[name]));
          bars.push(...barsOf(name, downloads, { streamed: streamed[name], polled: polled[name], former }));
        }
        rows.push(rowOf('polling', 'as it was', downloads, former));
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
            `Each download at ${PACE.eventsPerSecond} events/s, as a worker reports it. Bytes as they came off the wire, heads included. ` +
              'By polling: the same pages after PATCH /config {"sse_enabled": false}: one list for all rows, every 2 s. ' +
              'As it was: each download and the queue every 2 s, statistics and health every 30 s, storage and keys every 60 s. ' +
              `Counted over ${SECONDS[10] / 60} minutes with 10 downloads (today's polling: ${SECONDS[100]} s), over ${SECONDS[100]} s with 100.`,
          ],
        },
      ],
      bars,
    };
  },
};

type ByPage = Record<WebPageName, Traffic>;
const NO_TRAFFIC: Traffic = { requests: 0, bytes: 0 };

async function compare(
  app: WebApp,
  downloads: Downloads,
  { quick, log }: Bench,
): Promise<{ streamed: ByPage; polled: ByPage; former: Traffic }> {
  const pages: MeasuredPage[] = [];
  for (const name of PAGES) pages.push(await MeasuredPage.open(await app.newBrowser(), app.origin, name));
  for (const page of pages) await page.untilConnection('live');
  await app.transfers.call('begin', { downloads, ...PACE });
  const ids = Array.from({ length: downloads }, (_, n) => downloadName(n));
  const formerBrowser = await app.newBrowser();
  const formerPage = await FormerPage.open(formerBrowser, app.origin, ids);
  const [former = NO_TRAFFIC, ...streams] = await overAMinute([formerPage, ...pages], quick ? 4 : SECONDS[downloads]);
  await formerBrowser.close();
  await app.switchStreams(false);
  for (const page of pages) await page.untilConnection('polling');
  const polls = await overAMinute(pages, quick ? 4 : SECONDS[100]);
  await app.switchStreams(true);
  const { failed } = await app.transfers.call('end', undefined);
  if (failed > 0) throw new Error(`${failed} events were not published`);
  for (const page of pages) await page.page.context().close();
  const counted = { streamed: byPage(streams), polled: byPage(polls), former };
  log(`${downloads} downloads: ${JSON.stringify(counted)}`);
  return counted;
}

async function overAMinute(pages: readonly { traffic(): Traffic }[], seconds: number): Promise<Traffic[]> {
  // What changes over is over.
  await delay(2000);
  const before = pages.map((page) => page.traffic());
  await delay(seconds * 1000);
  const factor = 60 / seconds;
  return pages.map((page, index) => {
    const { requests, bytes } = page.traffic();
    const since = before[index] ?? NO_TRAFFIC;
    return { requests: (requests - since.requests) * factor, bytes: (bytes - since.bytes) * factor };
  });
}

function byPage(traffic: readonly Traffic[]): ByPage {
  return Object.fromEntries(PAGES.map((name, index) => [name, traffic[index] ?? NO_TRAFFIC] as const)) as ByPage;
}

function rowOf(by: string, name: string, downloads: number, { requests, bytes }: Traffic): string[] {
  return [name, String(downloads), by, decimal(requests, 0), decimal(bytes / 1000, 0)];
}

function barsOf(
  name: string,
  downloads: Downloads,
  { streamed, polled, former }: { streamed: Traffic; polled: Traffic; former: Traffic },
): Bar[] {
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
    barAgainst('polling as it was', streamed, former),
    barAgainst("today's polling", streamed, polled),
  ];
}

function barAgainst(what: string, streamed: Traffic, polled: Traffic): Bar {
  const requests = streamed.requests / polled.requests;
  const bytes = streamed.bytes / polled.bytes;
  return {
    measure: `the same against ${what}: requests, bytes`,
    bar: `≤ ${MAX_REQUEST_SHARE * 100} %, ≤ ${MAX_BYTE_SHARE * 100} %`,
    measured: `${decimal(requests * 100)} %, ${decimal(bytes * 100)} %`,
    met: requests <= MAX_REQUEST_SHARE && bytes <= MAX_BYTE_SHARE,
  };
}

async function countTabs(app: WebApp): Promise<Bar> {
  const browser = await app.newBrowser();
  const tabs: MeasuredPage[] = [];
  for (let tab = 0; tab < TABS; tab += 1) tabs.push(await MeasuredPage.open(browser, app.origin, 'dashboard'));
  await app.transfers.call('begin', { downloads: 10, ...PACE });
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
