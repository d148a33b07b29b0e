import { DOWNLOAD_STATUSES, type Download, type ListDownloadsResponse } from '@hermes/contracts';
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { launchChromium } from '../support/browser.ts';
import { findChromium } from '../support/programs.ts';
import { serveFile, TestOrigin, testBytes } from '../support/test-origin.ts';
import { DashboardPage } from './dashboard-page.ts';
import { QueuePage } from './queue-page.ts';
import { TestHermes } from './test-hermes.ts';

const MANY = 1000;

describe.skipIf(findChromium() === null)('the queue page', () => {
  let hermes: TestHermes;
  let origin: TestOrigin;
  let browser: Browser;
  let dashboard: DashboardPage;
  let queue: QueuePage;

  beforeAll(async () => {
    [hermes, origin, browser] = await Promise.all([
      TestHermes.start({ HERMES_CONCURRENCY: '2', HERMES_RATE_LIMIT_PER_MINUTE: '100000' }),
      TestOrigin.start(),
      launchChromium(),
    ]);
    // Two that take as long as the tests; everything else waits behind them.
    for (const name of ['first.bin', 'second.bin']) {
      origin.on(`/${name}`, serveFile(testBytes(4_000_000, name), { bytesPerSecond: 20_000 }));
    }
    await add(['first.bin', 'second.bin']);
    const names = Array.from({ length: MANY }, (_, index) => `file-${String(index).padStart(4, '0')}.bin`);
    await add(names.slice(0, 500));
    await add(names.slice(500));
  });
  beforeEach(async () => {
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    dashboard = new DashboardPage(page);
    queue = new QueuePage(page);
    await dashboard.open(`${hermes.origin}/login`, hermes.key);
  });
  afterEach(() => queue.page.close());
  afterAll(async () => {
    await browser?.close();
    await hermes?.close();
    await origin?.close();
  });

  async function add(names: readonly string[]): Promise<void> {
    const response = await fetch(`${hermes.origin}/api/v1/download/batch`, {
      method: 'POST',
      headers: { ...hermes.authorization, 'content-type': 'application/json' },
      body: JSON.stringify({ urls: names.map((name) => origin.url(`/${name}`)) }),
    });
    if (!response.ok) throw new Error(`The batch was answered with ${response.status}: ${await response.text()}`);
  }

  async function find(name: string): Promise<Download | undefined> {
    const path = (cursor: string | null) =>
      `/download/queue?limit=100&status=${DOWNLOAD_STATUSES.join(',')}${cursor === null ? '' : `&cursor=${cursor}`}`;
    for (let cursor: string | null = null; ; ) {
      const list: ListDownloadsResponse = await hermes.get(path(cursor));
      const found = list.items.find(({ url }) => url.endsWith(name));
      if (found !== undefined || list.next_cursor === null) return found;
      cursor = list.next_cursor;
    }
  }

  test('shows a thousand rows with few elements, and reads on as one scrolls', async () => {
    await queue.open(hermes.origin, 'unfinished');
    const grid = queue.page.getByTestId('queue-grid');
    expect(await grid.getAttribute('aria-rowcount')).toBe(String(MANY + 3));
    const seen = new Set(await queue.names());
    for (let at = 0; at < 100 && !seen.has('file-0999.bin'); at += 1) {
      await queue.page.locator('.queue-scroller').evaluate((scroller) => scroller.scrollBy(0, 600));
      await queue.page.waitForTimeout(60);
      for (const name of await queue.names()) seen.add(name);
    }
    expect(seen.size).toBe(MANY + 2);
    expect(await queue.page.locator('*').count()).toBeLessThan(5000);
  });

  test('keeps every row in its place while bars move by the stream alone', async () => {
    await queue.open(hermes.origin, 'unfinished');
    await dashboard.untilConnection('live');
    const bar = queue.row('first.bin').getByTestId('download-progress');
    const before = { names: await queue.names(), value: await bar.getAttribute('aria-valuetext') };
    const polls = dashboard.polls.length;
    await expect.poll(() => bar.getAttribute('aria-valuetext'), { timeout: 20_000 }).not.toBe(before.value);
    expect(await queue.names()).toEqual(before.names);
    expect(dashboard.polls.length).toBe(polls);
  });

  test('a range is chosen by shift-click, paused in one request, and brought back by undo', async () => {
    await queue.open(hermes.origin, 'queued');
    await queue.row('file-0002.bin').getByRole('checkbox').click();
    await queue.row('file-0006.bin').click({ modifiers: ['Shift'] });
    expect(await queue.chosen()).toBe(5);
    const requests = dashboard.requests.length;
    await queue.page.getByTestId('bulk-pause').click();
    await queue.page.getByText('5 downloads paused').waitFor();
    expect(dashboard.requests.slice(requests).map((request) => request.method())).toEqual(['POST']);
    await vi.waitFor(async () => expect((await find('file-0004.bin'))?.status).toBe('paused'), 10_000);
    await queue.page.getByRole('button', { name: 'Undo' }).click();
    await queue.page.getByText('5 downloads resumed').waitFor();
    await vi.waitFor(async () => expect((await find('file-0004.bin'))?.status).toBe('queued'), 10_000);
  });

  test('by the keyboard alone: there, down the rows, to choose, to cancel after a question, and into one', async () => {
    const { keyboard } = queue.page;
    await keyboard.press('Escape');
    await queue.page.locator('#content').focus();
    await keyboard.press('g');
    await keyboard.press('q');
    await queue.page.getByTestId('queue-row').first().waitFor();
    await keyboard.press('/');
    await keyboard.type('file-001');
    await queue.row('file-0019.bin').waitFor();
    await expect.poll(() => queue.names()).toHaveLength(10);
    await keyboard.press('Escape');
    for (const key of ['j', 'j', 'x', 'Shift+J']) await keyboard.press(key);
    expect(await queue.chosen()).toBe(2);
    await keyboard.press('c');
    await queue.page.getByRole('dialog').waitFor();
    // The search was left, not emptied.
    expect(new URL(queue.page.url()).search).toBe('?q=file-001');
    // The way out has the focus.
    await keyboard.press('Enter');
    await queue.page.getByRole('dialog').waitFor({ state: 'hidden' });
    expect((await find('file-0011.bin'))?.status).toBe('queued');
    await keyboard.press('c');
    await queue.page.getByTestId('confirm-button').press('Enter');
    await queue.page.getByText('2 downloads cancelled').waitFor();
    await vi.waitFor(async () => expect((await find('file-0011.bin'))?.status).toBe('cancelled'), 10_000);
    await keyboard.press('Escape');
    for (const key of ['j', 'Enter']) await keyboard.press(key);
    await queue.page.getByTestId('download-page').waitFor();
    // The page has the focus, not a link of the one before.
    expect(await queue.page.evaluate(() => document.activeElement?.id)).toBe('content');
  });

  test('a failed download says why first, and is tried again', async () => {
    await add(['gone.bin']);
    const { download_id: id } = (await find('gone.bin')) as Download;
    await fetch(`${hermes.origin}/api/v1/download/${id}`, {
      method: 'PATCH',
      headers: { ...hermes.authorization, 'content-type': 'application/json' },
      body: JSON.stringify({ priority: 100 }),
    });
    const first = await find('first.bin');
    await fetch(`${hermes.origin}/api/v1/download/${first?.download_id}/pause`, {
      method: 'POST',
      headers: hermes.authorization,
    });
    await queue.page.goto(`${hermes.origin}/downloads/${id}`);
    const failure = queue.page.getByTestId('download-failure');
    await failure.waitFor({ timeout: 60_000 });
    expect(await failure.textContent()).toContain('The site refused the request');
    origin.on('/gone.bin', serveFile(testBytes(20_000)));
    await queue.page.getByTestId('action-retry').click();
    await queue.page.getByTestId('save-file').waitFor({ timeout: 60_000 });
    expect(await queue.page.title()).toContain('gone.bin');
  });
});
