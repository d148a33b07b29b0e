import { FIRST_LOAD_AFTERMATH_MS, type FirstLoad, measureFirstLoad } from '../clients/first-load.ts';
import type { WebPageName } from '../clients/measured-page.ts';
import { type Bar, decimal, median } from '../report.ts';
import { withWebApp } from '../targets/web-app.ts';
import type { Scenario } from './scenario.ts';

const DOWNLOADS = 100;
const MAX_PAINT_MS = 1000;
const MAX_KB = 300;
const MAX_REQUESTS = 15;
const MAX_SCRIPT_KB = 250;

/** The first visit: nothing is in the cache. */
export const webLoad: Scenario = {
  name: 'web-load',
  summary: `the first load in Chromium until the list of ${DOWNLOADS} downloads is painted: time, bytes, requests`,
  async run({ quick, log }) {
    const rows: string[][] = [];
    const bars: Bar[] = [];
    const isHere = await withWebApp(async (app) => {
      await app.transfers.call('prepare', DOWNLOADS);
      for (const name of ['queue', 'dashboard'] as const) {
        const loads: FirstLoad[] = [];
        for (let load = 0; load < (quick ? 2 : 5); load += 1) {
          loads.push(await measureFirstLoad(await app.newBrowser(), app.origin, name));
        }
        log(`${name}: ${JSON.stringify(loads)}`);
        const of = (value: (load: FirstLoad) => number) => median(loads.map(value));
        const all = {
          paintMs: of(({ paintMs }) => paintMs),
          bytes: of(({ bytes }) => bytes),
          scriptBytes: of(({ scriptBytes }) => scriptBytes),
          requests: of(({ requests }) => requests),
        };
        const worst = Math.max(...loads.map(({ paintMs }) => paintMs));
        rows.push([
          name,
          decimal(all.paintMs, 0),
          decimal(worst, 0),
          decimal(all.bytes / 1000, 0),
          decimal(all.scriptBytes / 1000, 0),
          decimal(all.requests, 0),
        ]);
        bars.push(...barsOf(name, all));
      }
    });
    if (!isHere) {
      log('caddy or chromium is not here and is left out');
      return { tables: [], bars: [] };
    }
    return {
      tables: [
        {
          title: `The web app in Chromium: first load with ${DOWNLOADS} downloads in the list`,
          columns: ['page', 'list painted p50 ms', 'worst ms', 'KB', 'of it scripts', 'requests'],
          rows,
          notes: [
            `An empty cache, logged in, over plain HTTP on this machine. Everything until ${FIRST_LOAD_AFTERMATH_MS / 1000} s after the list is painted, heads and the opening of the stream included. Medians.`,
          ],
        },
      ],
      bars,
    };
  },
};

function barsOf(name: WebPageName, { paintMs, bytes, scriptBytes, requests }: FirstLoad): Bar[] {
  const what = `${name} in Chromium, first load`;
  const bars = [
    {
      measure: `${what}: list painted, p50`,
      bar: `≤ ${MAX_PAINT_MS} ms`,
      measured: `${decimal(paintMs, 0)} ms`,
      met: paintMs <= MAX_PAINT_MS,
    },
    {
      measure: `${what}: KB, requests`,
      bar: `≤ ${MAX_KB}, ≤ ${MAX_REQUESTS}`,
      measured: `${decimal(bytes / 1000, 0)}, ${decimal(requests, 0)}`,
      met: bytes / 1000 <= MAX_KB && requests <= MAX_REQUESTS,
    },
  ];
  if (name === 'dashboard') {
    bars.push({
      measure: `${what}: KB of scripts, compressed`,
      bar: `≤ ${MAX_SCRIPT_KB}`,
      measured: decimal(scriptBytes / 1000, 0),
      met: scriptBytes / 1000 <= MAX_SCRIPT_KB,
    });
  }
  return bars;
}
