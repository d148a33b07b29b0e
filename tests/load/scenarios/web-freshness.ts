import { setTimeout as delay } from 'node:timers/promises';
import { EVENTS_BASE } from '@hermes/contracts';
import type { BrowserContext } from 'playwright-core';
import { MeasuredPage, type WebPageName } from '../clients/measured-page.ts';
import { type Paint, recordPaints } from '../clients/page-paints.ts';
import { quantile, sorted } from '../clients/quantile.ts';
import type { PublishedTransfers } from '../publishers/transfer-process.ts';
import { type Bar, count, decimal } from '../report.ts';
import { withWebApp } from '../targets/web-app.ts';
import type { Scenario } from './scenario.ts';

const EVENTS_PER_SECOND = 4;
const MAX_STALENESS = { p50: 300, p95: 600 };
const MAX_TO_PAINT_P95 = 150;
/** As the page asks for states, and each as soon as there is one. */
const RUNS = [
  { name: 'queue', asked: null },
  { name: 'queue', asked: 0 },
  { name: 'dashboard', asked: null },
] as const;
/** How far apart it is asked how old a row is, in milliseconds. */
const SAMPLE_MS = 20;

/** How old is what a row shows, and how long it takes from the worker to the eye. */
export const webFreshness: Scenario = {
  name: 'web-freshness',
  summary: 'how old is what Chromium shows, and from publish to painted, at 10 and 100 active downloads',
  async run({ quick, log }) {
    const seconds = quick ? 2 : 4;
    const rows: string[][] = [];
    const bars: Bar[] = [];
    const isHere = await withWebApp(async (app) => {
      for (const downloads of [10, 100]) {
        await app.transfers.call('prepare', downloads);
        for (const { name, asked } of RUNS) {
          const browser = await app.newBrowser();
          if (asked !== null) await askForStates(browser, asked);
          const page = await MeasuredPage.open(browser, app.origin, name);
          await page.untilConnection('live');
          await app.transfers.call('begin', { downloads, eventsPerSecond: EVENTS_PER_SECOND });
          await delay(1000);
          const takePaints = await recordPaints(page);
          await delay(seconds * 1000);
          const until = Date.now();
          const paints = await takePaints();
          const published = await app.transfers.call('end', undefined);
          await browser.close();
          const how: How = { name, asked, downloads };
          const freshness = freshnessOf(paints, published, until);
          log(`${JSON.stringify(how)}: ${JSON.stringify(freshness)}`);
          rows.push(rowOf(how, freshness));
          bars.push(...barsOf(how, freshness));
        }
      }
    });
    if (!isHere) {
      log('caddy or chromium is not here and is left out');
      return { tables: [], bars: [] };
    }
    return {
      tables: [
        {
          title: 'The web app in Chromium: how old is what it shows',
          columns: [
            'page',
            'downloads',
            'states',
            'age p50 ms',
            'age p95 ms',
            'to painted p50 ms',
            'to painted p95 ms',
            'to painted max ms',
            'rows seen',
            'paints',
          ],
          rows,
          notes: [
            `Each download at ${EVENTS_PER_SECOND} events/s. Age: of the value that a row shows, since it was handed to the log, asked every ${SAMPLE_MS} ms of every row that is on the page; the wait for the next event is in it. ` +
              'To painted: from that moment to the end of the frame that first shows it, on the clock of the machine.',
          ],
        },
      ],
      bars,
    };
  },
};

interface How {
  name: WebPageName;
  /** `interval_ms`; null: as the page does. */
  asked: number | null;
  downloads: number;
}

/** Whatever the page asks for, its stream brings states so often. */
async function askForStates(browser: BrowserContext, intervalMs: number): Promise<void> {
  await browser.route(`**${EVENTS_BASE}/stream*`, (route) => {
    const url = new URL(route.request().url());
    url.searchParams.set('interval_ms', String(intervalMs));
    return route.continue({ url: url.href });
  });
}

interface Freshness {
  age: { p50: number; p95: number };
  toPaint: { p50: number; p95: number; max: number };
  rows: number;
  paints: number;
}

function freshnessOf(paints: readonly Paint[], { sentAt }: PublishedTransfers, until: number): Freshness {
  const byRow = new Map<string, { at: number; sentAt: number }[]>();
  for (const { id, text, at } of paints) {
    const sent = sentAt[id]?.[Math.round(Number.parseFloat(text) * 10)];
    // The initial value of a download was never published as progress.
    if (sent === undefined || sent === 0) continue;
    const of = byRow.get(id) ?? [];
    of.push({ at, sentAt: sent });
    byRow.set(id, of);
  }
  const ages: number[] = [];
  const delays: number[] = [];
  for (const shown of byRow.values()) {
    for (const [index, { at, sentAt: sent }] of shown.entries()) {
      // The first was there before: nobody knows since when.
      if (index > 0) delays.push(at - sent);
      const end = shown[index + 1]?.at ?? until;
      for (let moment = at; moment < end; moment += SAMPLE_MS) ages.push(moment - sent);
    }
  }
  const sortedAges = sorted(ages);
  const sortedDelays = sorted(delays);
  return {
    age: { p50: quantile(sortedAges, 0.5), p95: quantile(sortedAges, 0.95) },
    toPaint: {
      p50: quantile(sortedDelays, 0.5),
      p95: quantile(sortedDelays, 0.95),
      max: sortedDelays.at(-1) ?? Number.NaN,
    },
    rows: byRow.size,
    paints: delays.length,
  };
}

function rowOf({ name, asked, downloads }: How, { age, toPaint, rows, paints }: Freshness): string[] {
  const times = [age.p50, age.p95, toPaint.p50, toPaint.p95, toPaint.max].map((ms) => decimal(ms, 0));
  return [
    name,
    String(downloads),
    asked === null ? 'as the page asks' : `interval_ms=${asked}`,
    ...times,
    String(rows),
    count(paints),
  ];
}

function barsOf({ name, asked, downloads }: How, { age, toPaint, paints }: Freshness): Bar[] {
  const what = `${name} in Chromium, ${downloads} downloads`;
  // How long a state may wait is the choice of whoever asks for it.
  if (asked === 0) {
    return [
      {
        measure: `${what}, interval_ms=0: from publish to painted, p95`,
        bar: `< ${MAX_TO_PAINT_P95} ms`,
        measured: `${decimal(toPaint.p95, 0)} ms`,
        met: paints > 0 && toPaint.p95 < MAX_TO_PAINT_P95,
      },
    ];
  }
  return [
    {
      measure: `${what}: age of what is shown, p50 / p95`,
      bar: `≤ ${MAX_STALENESS.p50} / ≤ ${MAX_STALENESS.p95} ms`,
      measured: `${decimal(age.p50, 0)} / ${decimal(age.p95, 0)} ms`,
      met: paints > 0 && age.p50 <= MAX_STALENESS.p50 && age.p95 <= MAX_STALENESS.p95,
    },
  ];
}
