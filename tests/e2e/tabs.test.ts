import type { EventsHealth } from '@hermes/contracts';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { launchChromium } from '../support/browser.ts';
import { findChromium } from '../support/programs.ts';
import { serveFile, TestOrigin, testBytes } from '../support/test-origin.ts';
import { DashboardPage } from './dashboard-page.ts';
import { TestHermes } from './test-hermes.ts';

const FILE = testBytes(4_000_000);
/** Two seconds on an idle machine; a busy one may take its time. */
const TAKE_OVER_MS = 15_000;

const isStream = (url: string) => new URL(url).pathname === '/api/v1/events/stream';

describe.skipIf(findChromium() === null)('many tabs of one browser', () => {
  let hermes: TestHermes;
  let origin: TestOrigin;
  let browser: Browser;
  let context: BrowserContext;
  let tabs: DashboardPage[];
  /** Who opened the newest stream, and when. */
  let leader: { page: Page; at: number };

  beforeAll(async () => {
    [hermes, origin, browser] = await Promise.all([TestHermes.start(), TestOrigin.start(), launchChromium()]);
  });
  beforeEach(async () => {
    context = await browser.newContext();
    tabs = [];
    context.on('request', (request) => {
      if (isStream(request.url())) leader = { page: request.frame().page(), at: performance.now() };
    });
  });
  afterEach(async () => {
    await context.close();
    await vi.waitFor(async () => expect(await connections()).toBe(0), 30_000);
  });
  afterAll(async () => {
    await browser?.close();
    await hermes?.close();
    await origin?.close();
  });

  const connections = async () => (await hermes.get<EventsHealth>('/events/health')).active_connections;

  async function openTabs(count: number): Promise<void> {
    for (let n = 0; n < count; n += 1) {
      const tab = new DashboardPage(await context.newPage());
      tabs.push(tab);
      if (n === 0) await tab.open(`${hermes.origin}/login`, hermes.key);
      else await tab.page.goto(hermes.origin);
      await tab.untilConnection('live');
    }
    await vi.waitFor(async () => expect(await connections()).toBe(1), TAKE_OVER_MS);
  }

  /** A download that all tabs watch, and that goes on until it is told to end. */
  async function beginDownload(name: string): Promise<() => void> {
    let bytesPerSecond = 50_000;
    origin.on(`/${name}`, (request, response) =>
      serveFile(FILE, {
        etag: `"${name}"`,
        get bytesPerSecond() {
          return bytesPerSecond;
        },
      })(request, response),
    );
    await tabs[0]?.add([origin.url(`/${name}`)]);
    for (const tab of tabs) await tab.bar(name).waitFor();
    return () => {
      bytesPerSecond = 100_000_000;
      origin.cut();
    };
  }

  const others = () => tabs.filter(({ page }) => page !== leader.page);

  /** Does that to the leader, and waits until another has taken over. @returns milliseconds it took to ask for a stream. */
  async function untilTakenOver(strike: (page: Page) => Promise<unknown>): Promise<number> {
    const old = leader.page;
    const struckAt = performance.now();
    void strike(old).catch(() => undefined);
    await vi.waitFor(() => expect(leader.page).not.toBe(old), { timeout: TAKE_OVER_MS, interval: 10 });
    return leader.at - struckAt;
  }

  test('ten tabs and ten downloads are one connection', async () => {
    await openTabs(10);
    const names = Array.from({ length: 10 }, (_, n) => `ten-${n}.bin`);
    for (const name of names) origin.on(`/${name}`, serveFile(FILE, { etag: `"${name}"`, bytesPerSecond: 4_000_000 }));
    await tabs[0]?.add(names.map((name) => origin.url(`/${name}`)));
    for (const tab of tabs) await tab.row('ten-9.bin').waitFor();
    expect(await connections()).toBe(1);
    for (const tab of tabs) {
      for (const name of names) {
        await tab.row(name).and(tab.page.locator('[data-status="completed"]')).waitFor({ timeout: 60_000 });
      }
    }
    expect(await connections()).toBe(1);
    // On a busy machine a leader may have been replaced; a stream for each tab it never is.
    expect(tabs.flatMap(({ streams }) => streams).length).toBeLessThan(5);
  });

  /** What happens to the leader, whether it recovers by itself, and how that is done. */
  const strikes: [string, boolean, (page: Page) => Promise<unknown>][] = [
    ['is closed', false, (page) => page.close()],
    [
      'crashes',
      false,
      async (page) => {
        const devtools = await context.newCDPSession(page);
        await devtools.send('Page.crash');
      },
    ],
    // What a browser tells a page that it is about to freeze; it freezes none that can be seen, and here all can.
    ['is told to freeze', false, (page) => page.evaluate(() => document.dispatchEvent(new Event('freeze')))],
    [
      'hangs without a word',
      true,
      (page) =>
        page.evaluate(() => {
          const end = Date.now() + 8_000;
          while (Date.now() < end);
        }),
    ],
  ];

  test.each(strikes)('another tab takes over when the leader %s', async (what, wakes, strike) => {
    await openTabs(3);
    const name = `${what.replaceAll(' ', '-')}.bin`;
    const finish = await beginDownload(name);
    const struck = leader.page;
    const tookMs = await untilTakenOver(strike);
    console.log(`When the leader ${what}, another asks for a stream after ${Math.round(tookMs)} ms`);
    expect(tookMs).toBeLessThan(TAKE_OVER_MS);
    await vi.waitFor(async () => expect(await connections()).toBe(1), TAKE_OVER_MS);
    const waiting = [...new Set([leader.page, ...survivors()])].map((page) => new DashboardPage(page));
    finish();
    for (const tab of waiting) {
      await tab.row(name).and(tab.page.locator('[data-status="completed"]')).waitFor({ timeout: 60_000 });
      await tab.untilConnection('live');
    }
    // What was missed came by the stream: after a reset each of the three lists of a page would be asked for.
    expect(waiting.flatMap((tab) => tab.polls).length).toBeLessThan(3);
    expect(await connections()).toBe(1);

    function survivors(): Page[] {
      return others().flatMap(({ page }) => (page === struck && !wakes ? [] : [page]));
    }
  });

  test('a leader that was frozen goes on where it was', async () => {
    await openTabs(2);
    const finish = await beginDownload('awake.bin');
    const { page: frozen } = leader;
    await untilTakenOver((page) => page.evaluate(() => document.dispatchEvent(new Event('freeze'))));
    finish();
    await leader.page.locator('[data-testid="download-row"][data-status="completed"]').first().waitFor();
    await frozen.evaluate(() => document.dispatchEvent(new Event('resume')));
    const woken = new DashboardPage(frozen);
    await woken.row('awake.bin').and(frozen.locator('[data-status="completed"]')).waitFor({ timeout: 60_000 });
    await woken.untilConnection('live');
    expect(await connections()).toBe(1);
  });
});
