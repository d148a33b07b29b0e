import { resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type FirstLoad, measureFirstLoad } from '../clients/first-load.ts';
import { MeasuredPage, type PageName, type PeerPageName, type WebPageName } from '../clients/measured-page.ts';
import { RemoteProcess } from '../process/remote.ts';
import type { TorrentOriginCommands } from '../publishers/torrent-origin-process.ts';
import { type Bar, decimal, median } from '../report.ts';
import { hasTorrentClient, startTorrentClient } from '../targets/torrent-client.ts';
import { type WebApp, withWebApp } from '../targets/web-app.ts';
import type { Scenario } from './scenario.ts';

const TORRENT_ORIGIN = resolve(import.meta.dirname, '../publishers/torrent-origin-process.ts');

const OURS = ['queue', 'dashboard'] as const satisfies WebPageName[];
const PEERS = { qbittorrent: 'qBittorrent', transmission: 'Transmission' } as const satisfies Record<
  PeerPageName,
  string
>;
const PACE = { eventsPerSecond: 4, eventsPerPercent: 20 };
/** So many that none is done while it is looked at. */
const PIECES = 2000;

interface Measured {
  firstLoad: FirstLoad;
  /** A minute. */
  requests: number;
  kilobytes: number;
  /** In percent of a core. */
  busy: number;
  nodes: number;
}

/** The pages that people would use otherwise, on the same machine in the same browser. */
export const webPeers: Scenario = {
  name: 'web-peers',
  summary: 'our pages in Chromium beside those of qBittorrent and Transmission: work, traffic, first load',
  async run({ quick, log }) {
    const rows: string[][] = [];
    const bars: Bar[] = [];
    const isHere = await withWebApp(async (app) => {
      const peers = (Object.keys(PEERS) as PeerPageName[]).filter((name) => {
        if (!hasTorrentClient(name)) log(`${PEERS[name]} is not here and is left out`);
        return hasTorrentClient(name);
      });
      for (const downloads of [10, 100]) {
        await app.transfers.call('prepare', downloads);
        const measured = new Map<PageName, Measured[]>([...OURS, ...peers].map((name) => [name, []]));
        for (let round = 0; round < (quick ? 1 : 3); round += 1) {
          for (const [name, all] of measured) {
            const one = await (isOurs(name)
              ? measureOurs(app, name, downloads, quick)
              : measurePeer(app, name, downloads, quick));
            log(`${name}, ${downloads} downloads: ${JSON.stringify(one)}`);
            all.push(one);
          }
        }
        const medians = new Map([...measured].map(([name, all]) => [name, mediansOf(all)]));
        rows.push(...[...medians].map(([name, one]) => rowOf(name, downloads, one)));
        bars.push(...barsOf(downloads, medians));
      }
    });
    if (!isHere) {
      log('caddy or chromium is not here and is left out');
      return { tables: [], bars: [] };
    }
    return {
      tables: [
        {
          title: 'The web app in Chromium beside the pages of others',
          columns: [
            'page',
            'downloads',
            'main thread',
            'requests a minute',
            'KB a minute',
            'first load: painted ms',
            'KB',
            'requests',
            'nodes',
          ],
          rows,
          notes: [
            'Medians of three rounds that take turns; while one is measured none of the others runs. The others as Debian has them (qBittorrent 4.5.2, Transmission 3.00), each downloading as many torrents from a web seed at 64 KiB/s; ours as it is told by a worker, four times a second for each. ' +
              'How often a page shows something new: ours twice a second, qBittorrent every 1.5 s, Transmission every 5 s.',
          ],
        },
      ],
      bars,
    };
  },
};

function isOurs(name: PageName): name is WebPageName {
  return (OURS as readonly PageName[]).includes(name);
}

async function measureOurs(app: WebApp, name: WebPageName, downloads: number, quick: boolean): Promise<Measured> {
  await app.transfers.call('begin', { downloads, ...PACE });
  const firstLoad = await measureFirstLoad(await app.newBrowser(), app.origin, name);
  const browser = await app.newBrowser();
  const page = await MeasuredPage.open(browser, app.origin, name);
  await page.untilConnection('live');
  const measured = await measureOpen(page, quick);
  await browser.close();
  await app.transfers.call('end', undefined);
  return { firstLoad, ...measured };
}

async function measurePeer(app: WebApp, name: PeerPageName, downloads: number, quick: boolean): Promise<Measured> {
  const origin = new RemoteProcess<TorrentOriginCommands>(TORRENT_ORIGIN, null);
  try {
    const torrents = await origin.call('serve', { torrents: downloads, pieces: PIECES });
    const client = await startTorrentClient(name, torrents);
    try {
      const firstLoad = await measureFirstLoad(await app.newStranger(), client.origin, name);
      const browser = await app.newStranger();
      const measured = await measureOpen(await MeasuredPage.open(browser, client.origin, name), quick);
      await browser.close();
      return { firstLoad, ...measured };
    } finally {
      await client.stop();
    }
  } finally {
    await origin.stop();
  }
}

/** What a page takes that has been open for a while. */
async function measureOpen(page: MeasuredPage, quick: boolean): Promise<Omit<Measured, 'firstLoad'>> {
  await delay(3000);
  const [before, trafficBefore] = [await page.work(), page.traffic()];
  await delay(quick ? 3000 : 15_000);
  const [after, traffic] = [await page.work(), page.traffic()];
  const seconds = after.at - before.at;
  return {
    busy: ((after.busy - before.busy) / seconds) * 100,
    requests: ((traffic.requests - trafficBefore.requests) / seconds) * 60,
    kilobytes: (((traffic.bytes - trafficBefore.bytes) / seconds) * 60) / 1000,
    nodes: await page.nodes(),
  };
}

function mediansOf(all: readonly Measured[]): Measured {
  const of = (value: (one: Measured) => number) => median(all.map(value));
  return {
    firstLoad: {
      paintMs: of(({ firstLoad }) => firstLoad.paintMs),
      bytes: of(({ firstLoad }) => firstLoad.bytes),
      scriptBytes: of(({ firstLoad }) => firstLoad.scriptBytes),
      requests: of(({ firstLoad }) => firstLoad.requests),
    },
    requests: of(({ requests }) => requests),
    kilobytes: of(({ kilobytes }) => kilobytes),
    busy: of(({ busy }) => busy),
    nodes: of(({ nodes }) => nodes),
  };
}

function rowOf(name: PageName, downloads: number, { firstLoad, requests, kilobytes, busy, nodes }: Measured): string[] {
  return [
    isOurs(name) ? `Hermes, ${name}` : PEERS[name],
    String(downloads),
    `${decimal(busy)} %`,
    decimal(requests, 0),
    decimal(kilobytes, 0),
    decimal(firstLoad.paintMs, 0),
    decimal(firstLoad.bytes / 1000, 0),
    decimal(firstLoad.requests, 0),
    decimal(nodes, 0),
  ];
}

function barsOf(downloads: number, medians: ReadonlyMap<PageName, Measured>): Bar[] {
  const peer = medians.get('qbittorrent');
  if (peer === undefined) return [];
  return OURS.map((name) => {
    const busy = (medians.get(name)?.busy ?? Number.NaN) / peer.busy;
    return {
      measure: `${name} in Chromium, ${downloads} downloads: main thread against qBittorrent's page`,
      bar: '≤ 1x',
      measured: `${decimal(busy, 2)}x`,
      met: busy <= 1,
    };
  });
}
