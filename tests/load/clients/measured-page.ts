import type { BrowserContext, CDPSession, Page } from 'playwright-core';
import { type Exchange, type Traffic, WireTraffic } from './wire-traffic.ts';

/** The pages that are measured, and where they show a download. */
export const WEB_PAGES = {
  dashboard: { path: '/', row: '[data-testid="download-row"]', percent: '.download-row-percent' },
  queue: { path: '/queue', row: '[data-testid="queue-row"]', percent: '.queue-percent' },
} as const;

/** Those of others, where they come up by themselves. */
const PEER_PAGES = {
  qbittorrent: { path: '/', row: '#torrentsTableDiv tbody tr' },
  transmission: { path: '/transmission/web/', row: '#torrent_list li.torrent' },
} as const;

export const PAGES = { ...WEB_PAGES, ...PEER_PAGES };

export type WebPageName = keyof typeof WEB_PAGES;
export type PeerPageName = keyof typeof PEER_PAGES;
export type PageName = WebPageName | PeerPageName;

/** Seconds since the page began; of processor time, but for `at`. */
export interface Work {
  at: number;
  busy: number;
  script: number;
  layout: number;
}

/** A page of downloads with the browser's own counters beside it. */
export class MeasuredPage<Name extends PageName = PageName> {
  readonly page: Page;
  readonly name: Name;
  readonly devtools: CDPSession;
  readonly #wire: WireTraffic;

  private constructor(page: Page, name: Name, devtools: CDPSession, wire: WireTraffic) {
    this.page = page;
    this.name = name;
    this.devtools = devtools;
    this.#wire = wire;
  }

  /** Goes there, and waits for the first download on it. */
  static async open<Name extends PageName>(
    context: BrowserContext,
    origin: string,
    name: Name,
  ): Promise<MeasuredPage<Name>> {
    const page = await context.newPage();
    const devtools = await context.newCDPSession(page);
    const wire = await WireTraffic.watch(devtools);
    // Of the processor: who else is busy on this machine does not make the page look busier than it is.
    await devtools.send('Performance.enable', { timeDomain: 'threadTicks' });
    const measured = new MeasuredPage(page, name, devtools, wire);
    const { path, row } = PAGES[name];
    await page.goto(`${origin}${path}`);
    await page.locator(row).first().waitFor();
    return measured;
  }

  get exchanges(): readonly Exchange[] {
    return this.#wire.exchanges;
  }

  traffic(): Traffic {
    return this.#wire.total();
  }

  /** Waits until the page says so of its connection. */
  async untilConnection(state: 'live' | 'polling'): Promise<void> {
    await this.page
      .locator(`[data-testid="connection-status"] [data-state="${state}"]`)
      .first()
      .waitFor({ timeout: 60_000 });
  }

  async work(): Promise<Work> {
    const metric = await this.#metrics();
    return {
      at: performance.now() / 1000,
      busy: metric('TaskDuration'),
      script: metric('ScriptDuration'),
      layout: metric('LayoutDuration') + metric('RecalcStyleDuration'),
    };
  }

  /** Elements, texts and all, without what is only waiting to be collected. */
  async nodes(): Promise<number> {
    await this.devtools.send('HeapProfiler.collectGarbage');
    return (await this.#metrics())('Nodes');
  }

  close(): Promise<void> {
    return this.page.close();
  }

  async #metrics(): Promise<(name: string) => number> {
    const { metrics } = await this.devtools.send('Performance.getMetrics');
    return (name) => metrics.find((metric) => metric.name === name)?.value ?? Number.NaN;
  }
}
