import type { ListDownloadsResponse } from '@hermes/contracts';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { launchChromium } from '../support/browser.ts';
import { findChromium } from '../support/programs.ts';
import { serveFile, TestOrigin, testBytes } from '../support/test-origin.ts';
import { DashboardPage } from './dashboard-page.ts';
import { QueuePage } from './queue-page.ts';
import { TestHermes } from './test-hermes.ts';

const DOWNLOADS = 40;
const BYTES_PER_SECOND = 20_000;
const WAIT = { timeout: 30_000, interval: 100 };

/** What the page has been sent, and what it asked for. */
interface Heard {
  /** Ids of `download_progress`, in order. */
  progress: string[];
  /** `download_id` of each stream that was asked for. */
  asked: (string | null)[];
}

describe.skipIf(findChromium() === null)('a page of many active downloads', () => {
  let hermes: TestHermes;
  let origin: TestOrigin;
  let browser: Browser;
  let page: Page;
  /** As the queue has them. */
  let ids: string[];

  beforeAll(async () => {
    [hermes, origin, browser] = await Promise.all([
      TestHermes.start({ HERMES_CONCURRENCY: String(DOWNLOADS) }),
      TestOrigin.start(),
      launchChromium(),
    ]);
    const names = Array.from({ length: DOWNLOADS }, (_, index) => `row-${String(index).padStart(2, '0')}.bin`);
    for (const name of names) {
      origin.on(`/${name}`, serveFile(testBytes(6_000_000, name), { bytesPerSecond: BYTES_PER_SECOND }));
    }
    const response = await fetch(`${hermes.origin}/api/v1/download/batch`, {
      method: 'POST',
      headers: { ...hermes.authorization, 'content-type': 'application/json' },
      body: JSON.stringify({ urls: names.map((name) => origin.url(`/${name}`)) }),
    });
    expect(response.status).toBe(202);
    await vi.waitFor(async () => {
      const list: ListDownloadsResponse = await hermes.get('/download/queue?status=downloading&limit=100');
      ids = list.items.map((row) => row.download_id);
      expect(ids).toHaveLength(DOWNLOADS);
    }, WAIT);
  }, 120_000);
  beforeEach(async () => {
    // So low that few rows can be seen.
    page = await browser.newPage({ viewport: { width: 1280, height: 600 } });
    await page.addInitScript(listenToStreams);
    await new DashboardPage(page).open(`${hermes.origin}/login`, hermes.key);
  });
  afterEach(() => page.close());
  afterAll(async () => {
    await browser?.close();
    await hermes?.close();
    await origin?.close();
  });

  const heard = (): Promise<Heard> => page.evaluate(() => (window as unknown as { heard: Heard }).heard);
  const forget = () =>
    page.evaluate(() => {
      (window as unknown as { heard: Heard }).heard.progress = [];
    });

  /** Waits until the stream carries the progress of some, that one among them. @returns those. */
  async function untilAskedFor(id: string | undefined): Promise<string[]> {
    return vi.waitFor(async () => {
      const named = (await heard()).asked.at(-1)?.split(',') ?? [];
      expect(named).toContain(id);
      return named;
    }, WAIT);
  }

  /** What comes over the wire from now on is of those who were asked for, and of all of them. */
  async function expectProgressOf(named: readonly string[]): Promise<void> {
    await forget();
    await vi.waitFor(async () => expect(new Set((await heard()).progress)).toEqual(new Set(named)), WAIT);
    expect(named.length).toBeLessThan(DOWNLOADS / 2 + 6);
  }

  const rowIds = (row: string) =>
    page.locator(row).evaluateAll((rows) => rows.map((one) => one.getAttribute('data-download-id') ?? ''));

  /** Every value that the bar of a row takes, from its first on. */
  async function barValues(id: string): Promise<number[]> {
    const bar = page.locator(`[data-download-id="${id}"] [data-testid="download-progress"]`);
    const values: number[] = [];
    await vi.waitFor(async () => {
      values.push(Number(/^[\d.]+/.exec((await bar.getAttribute('aria-valuetext')) ?? '')?.[0]));
      expect(new Set(values).size).toBeGreaterThan(2);
    }, WAIT);
    return values;
  }

  test('the dashboard draws, and is sent, what can be seen; the others as soon as they are scrolled to', async () => {
    const named = await untilAskedFor(ids[0]);
    await expectProgressOf(named);
    expect(named).not.toContain(ids.at(-1));
    const drawn = await rowIds('[data-testid="download-row"]');
    expect(drawn.length).toBeLessThan(DOWNLOADS);
    expect(drawn).not.toContain(ids.at(-1));
    const list = page.getByRole('list', { name: 'Active' });
    expect(await list.locator('li').first().getAttribute('aria-setsize')).toBe(String(DOWNLOADS));
    // The place of the others is kept.
    expect((await list.boundingBox())?.height).toBeCloseTo(DOWNLOADS * 44 + 2, -1);

    // How fast all are together does not depend on who is seen.
    const total = page.getByTestId('total-speed');
    await vi.waitFor(async () => {
      const [, number, unit] = /^([\d.]+)\s([kM])B/.exec((await total.textContent()) ?? '') ?? [];
      const bytes = Number(number) * (unit === 'k' ? 1000 : 1_000_000);
      expect(bytes).toBeGreaterThan(named.length * BYTES_PER_SECOND * 1.2);
    }, WAIT);

    const streams = (await heard()).asked.length;
    await page.evaluate(() => window.scrollTo(0, document.documentElement.scrollHeight));
    const last = ids.at(-1) ?? '';
    await expectProgressOf(await untilAskedFor(last));
    const values = await barValues(last);
    expect(values).toEqual([...values].sort((a, b) => a - b));
    expect(await rowIds('[data-testid="download-row"]')).not.toContain(ids[0]);
    expect((await heard()).asked).toHaveLength(streams + 1);
  });

  test('every row of the dashboard stands where it would if all were drawn, on a phone as well', async () => {
    for (const viewport of [
      { width: 1280, height: 600 },
      { width: 390, height: 700 },
    ]) {
      await page.setViewportSize(viewport);
      const list = page.getByRole('list', { name: 'Active' });
      await vi.waitFor(async () => {
        // Again each time: the list may not have been as long yet.
        await page.evaluate(() => window.scrollTo(0, document.documentElement.scrollHeight / 2));
        const [first, places, height] = await list.evaluate((element) => {
          const rows = [...element.querySelectorAll('li')];
          const { top } = element.getBoundingClientRect();
          return [
            Number(rows[0]?.getAttribute('aria-posinset')),
            rows.map((row) => Math.round(row.getBoundingClientRect().top - top)),
            rows[0]?.offsetHeight ?? 0,
          ] as const;
        });
        expect(first).toBeGreaterThan(5);
        expect(height).toBeGreaterThan(40);
        // The list has a border of a pixel.
        expect(places).toEqual(places.map((_, index) => (first - 1 + index) * height + 1));
      }, WAIT);
    }
  });

  test('whoever has the focus in a row keeps it, however far they scroll', async () => {
    await untilAskedFor(ids[0]);
    const link = page.locator(`[data-download-id="${ids[1]}"] a`);
    await link.focus();
    await page.evaluate(() => window.scrollTo(0, document.documentElement.scrollHeight));
    await page.locator(`[data-download-id="${ids.at(-1)}"]`).waitFor();
    expect(await link.evaluate((element) => element === document.activeElement)).toBe(true);
    await page.keyboard.press('Tab');
    expect(await page.evaluate(() => document.activeElement?.closest('[data-download-id]') !== null)).toBe(true);
  });

  test('the queue is sent what can be seen, all while it is sorted by progress, and one download is sent alone', async () => {
    const queue = new QueuePage(page);
    await queue.open(hermes.origin, 'active');
    await expectProgressOf(await untilAskedFor(ids[0]));
    await page.locator('.queue-scroller').evaluate((scroller) => scroller.scrollTo(0, scroller.scrollHeight));
    const last = ids.at(-1) ?? '';
    const named = await untilAskedFor(last);
    expect(named).not.toContain(ids[0]);
    await expectProgressOf(named);
    const values = await barValues(last);
    expect(values).toEqual([...values].sort((a, b) => a - b));

    await page.getByRole('button', { name: 'Progress' }).click();
    await vi.waitFor(async () => expect((await heard()).asked.at(-1)).toBeNull(), WAIT);
    await forget();
    await vi.waitFor(async () => expect(new Set((await heard()).progress)).toEqual(new Set(ids)), WAIT);

    await page.goto(`${hermes.origin}/downloads/${last}`);
    await vi.waitFor(async () => expect((await heard()).asked.at(-1)).toBe(last), WAIT);
    await expectProgressOf([last]);
  });
});

/** In the page, before anything else: notes what its event streams ask for and bring. */
function listenToStreams(): void {
  const heard: Heard = { progress: [], asked: [] };
  Object.assign(window, { heard });
  const fetchAsBefore = window.fetch;
  window.fetch = async (input, init) => {
    const response = await fetchAsBefore(input, init);
    const url = new URL(input instanceof Request ? input.url : input, location.href);
    if (!url.pathname.endsWith('/events/stream') || response.body === null) return response;
    heard.asked.push(url.searchParams.get('download_id'));
    const [forPage, forTest] = response.body.tee();
    const read = async () => {
      let text = '';
      for await (const chunk of forTest.pipeThrough(new TextDecoderStream())) {
        const frames = (text + chunk).split('\n\n');
        text = frames.pop() ?? '';
        for (const frame of frames) {
          if (!/^event: download_progress$/m.test(frame)) continue;
          heard.progress.push(/"download_id":"([^"]+)"/.exec(frame)?.[1] ?? '');
        }
      }
    };
    // It ends by being aborted.
    void read().catch(() => undefined);
    return new Response(forPage, { status: response.status, headers: response.headers });
  };
}
