import { gzipSync } from 'node:zlib';
import type { Download, ListDownloadsResponse } from '@hermes/contracts';
import type { Browser, BrowserContext } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { MeasuredPage } from '../load/clients/measured-page.ts';
import { launchChromium } from '../support/browser.ts';
import { findChromium } from '../support/programs.ts';
import { serveFile, TestOrigin, testBytes } from '../support/test-origin.ts';
import { DashboardPage } from './dashboard-page.ts';
import { TestHermes } from './test-hermes.ts';

/** Bytes of compressed JavaScript that the first page may cost. */
const FIRST_LOAD = 250_000;
/** Over the wire, until the list is shown and live: page, scripts, styles, font, icon, reads, the stream; heads included. */
const FIRST_BYTES = 300_000;
const FIRST_REQUESTS = 15;
const WAIT = { timeout: 30_000, interval: 100 };

describe.skipIf(findChromium() === null)('the dashboard', () => {
  let hermes: TestHermes;
  let origin: TestOrigin;
  let browser: Browser;
  let context: BrowserContext;
  let dashboard: DashboardPage;

  beforeAll(async () => {
    [hermes, origin, browser] = await Promise.all([TestHermes.start(), TestOrigin.start(), launchChromium()]);
  });
  beforeEach(async () => {
    context = await browser.newContext();
    dashboard = new DashboardPage(await context.newPage());
  });
  afterEach(() => context.close());
  afterAll(async () => {
    await browser?.close();
    await hermes?.close();
    await origin?.close();
  });

  test('costs no more than it may at first', async () => {
    await dashboard.open(`${hermes.origin}/login`, hermes.key);
    const sizes = new Map<string, Promise<number>>();
    dashboard.page.on('response', (response) => {
      const { pathname } = new URL(response.url());
      if (pathname.endsWith('.js'))
        sizes.set(
          pathname,
          response.body().then((body) => gzipSync(body).length),
        );
    });
    await dashboard.page.goto(hermes.origin);
    await dashboard.untilConnection('live');
    const total = (await Promise.all(sizes.values())).reduce((sum, size) => sum + size, 0);
    expect(total).toBeGreaterThan(50_000);
    expect(total).toBeLessThanOrEqual(FIRST_LOAD);
  });

  test.each([
    ['dashboard', 'one-shown.bin'],
    ['queue', 'two-shown.bin'],
  ] as const)('costs no more than it may at first, all in all: %s', async (name, file) => {
    await dashboard.open(`${hermes.origin}/login`, hermes.key);
    origin.on(`/${file}`, serveFile(testBytes(4_000_000), { bytesPerSecond: 20_000 }));
    await dashboard.add([origin.url(`/${file}`)]);
    await dashboard.row(file).waitFor();
    // A cache of its own, and the cookie of the other.
    const empty = await browser.newContext({ storageState: await context.storageState() });
    try {
      const measured = await MeasuredPage.open(empty, hermes.origin, name);
      await measured.untilConnection('live');
      const { requests, bytes } = measured.traffic();
      const listed = JSON.stringify(measured.exchanges);
      expect(requests, listed).toBeGreaterThan(5);
      expect(requests, listed).toBeLessThanOrEqual(FIRST_REQUESTS);
      expect(bytes, listed).toBeGreaterThan(50_000);
      expect(bytes, listed).toBeLessThanOrEqual(FIRST_BYTES);
    } finally {
      await empty.close();
    }
  });

  test('adds what was pasted in one request, once, and keeps the lines that were refused', async () => {
    const names = ['one.bin', 'two.bin', 'three.bin'];
    for (const name of names) origin.on(`/${name}`, serveFile(testBytes(2000, name)));
    await dashboard.open(`${hermes.origin}/login`, hermes.key);
    await dashboard.untilConnection('live');
    const before = dashboard.requests.length;
    await dashboard.add([...names.map((name) => origin.url(`/${name}`)), 'ftp://files.example/four.bin']);
    for (const name of names) {
      await dashboard.row(name).and(dashboard.page.locator('[data-status="completed"]')).waitFor({ timeout: 60_000 });
    }
    const posts = dashboard.requests.slice(before).filter((request) => request.method() === 'POST');
    expect(posts.map((request) => new URL(request.url()).pathname)).toEqual(['/api/v1/download/batch']);
    expect(await posts[0]?.headerValue('idempotency-key')).toMatch(/^[0-9a-f]{32}$/);
    expect(await dashboard.page.getByTestId('add-input').inputValue()).toBe('ftp://files.example/four.bin');
    expect(await dashboard.page.getByTestId('add-problems').textContent()).toContain('only http and https');
  });

  test('lists what was added at once in the order in which it will run', async () => {
    const names = Array.from({ length: 8 }, (_, n) => `turn-${n}.bin`);
    const stopped = names.map((name) => origin.url(`/${name}`));
    for (const name of names) origin.on(`/${name}`, () => {});
    await dashboard.open(`${hermes.origin}/login`, hermes.key);
    await dashboard.untilConnection('live');
    await dashboard.add(stopped);
    const links = dashboard.page.locator('[data-testid="download-row"]', { hasText: 'turn-' }).locator('a');
    let rows: Download[] = [];
    await vi.waitFor(async () => {
      const list: ListDownloadsResponse = await hermes.get('/download/queue?limit=100');
      rows = list.items.filter(({ url }) => stopped.includes(url));
      expect(rows.filter(({ status }) => status === 'downloading').length).toBeGreaterThan(0);
      expect((await links.allTextContents()).map((text) => text.trim())).toEqual(names);
      expect(rows.map(({ url }) => url)).toEqual(stopped);
    }, WAIT);
    const response = await fetch(`${hermes.origin}/api/v1/download/bulk`, {
      method: 'POST',
      headers: { ...hermes.authorization, 'content-type': 'application/json' },
      body: JSON.stringify({ action: 'cancel', ids: rows.map((row) => row.download_id) }),
    });
    expect(response.status).toBe(200);
  });

  test('knows in another tab, and after a reload, what was added from this browser', async () => {
    origin.on('/mine.bin', serveFile(testBytes(2000, 'mine')));
    await dashboard.open(`${hermes.origin}/login`, hermes.key);
    const other = new DashboardPage(await context.newPage());
    await other.open(hermes.origin);
    await dashboard.add([origin.url('/mine.bin')]);
    for (const tab of [dashboard, other]) {
      await tab.page.getByTestId('filter-mine').click();
      await tab.row('mine.bin').waitFor();
      expect(await tab.page.getByTestId('download-row').count()).toBe(1);
    }
    await other.page.reload();
    await other.page.getByTestId('filter-mine').click();
    await other.row('mine.bin').waitFor();
  });

  test('notifies when a download ends, for those who have asked for it', async () => {
    const bytes = testBytes(2000, 'told');
    origin.on('/told.bin', serveFile(bytes));
    await context.grantPermissions(['notifications']);
    // The system would show them where no test can look; and nobody looks at this page.
    await context.addInitScript(() => {
      const shown: string[] = [];
      const Recorded = class extends Notification {
        constructor(title: string, options?: NotificationOptions) {
          super(title, options);
          shown.push(`${title}: ${options?.body}`);
        }
      };
      Object.assign(window, { Notification: Recorded, shownNotifications: shown });
      document.hasFocus = () => false;
    });
    const shown = () =>
      dashboard.page.evaluate(() => (window as unknown as { shownNotifications: string[] }).shownNotifications);
    await dashboard.open(`${hermes.origin}/login`, hermes.key);
    await dashboard.untilConnection('live');
    await dashboard.add([origin.url('/told.bin')]);
    await dashboard.row('told.bin').and(dashboard.page.locator('[data-status="completed"]')).waitFor();
    expect(await shown()).toEqual([]);

    const bell = dashboard.page.getByTestId('notification-toggle');
    await bell.click();
    await dashboard.page.locator('[data-testid="notification-toggle"][aria-pressed="true"]').waitFor();
    origin.on('/heard.bin', serveFile(bytes));
    await dashboard.add([origin.url('/heard.bin')]);
    await expect.poll(shown, { timeout: 30_000 }).toEqual(['heard.bin: Finished, 2.00\u202fkB']);

    // A small file has arrived before the answer says under which id it was added.
    origin.on('/quick.bin', serveFile(bytes));
    const row = dashboard.row('quick.bin').and(dashboard.page.locator('[data-status="completed"]'));
    await dashboard.page.route(/\/download\/batch$/, async (route) => {
      const response = await route.fetch();
      await row.waitFor();
      await route.fulfill({ response });
    });
    await dashboard.add([origin.url('/quick.bin')]);
    await expect.poll(shown, { timeout: 30_000 }).toContain('quick.bin: Finished, 2.00\u202fkB');
    await dashboard.page.unroute(/\/download\/batch$/);
  });

  test('asks for attention in a dialog, and gives back the place where one was', async () => {
    await dashboard.open(`${hermes.origin}/login`, hermes.key);
    const { page } = dashboard;
    const opener = page.getByRole('button', { name: 'Keyboard shortcuts' });
    const dialog = page.getByRole('dialog', { name: 'Keyboard' });
    const leave = [
      () => page.keyboard.press('Escape'),
      () => dialog.getByRole('button', { name: 'Close' }).click(),
      () => page.mouse.click(5, 5),
    ];
    for (const close of leave) {
      await opener.press('Enter');
      await dialog.waitFor();
      // What is below does not answer keys, wherever in the dialog one has clicked.
      await dialog.getByRole('heading', { name: 'Everywhere' }).click();
      for (const key of ['g', 'q', 'Tab']) await page.keyboard.press(key);
      expect(await dialog.getByRole('button').evaluate((button) => button === document.activeElement)).toBe(true);
      await close();
      await dialog.waitFor({ state: 'detached' });
      expect(await opener.evaluate((button) => button === document.activeElement)).toBe(true);
    }
    expect(new URL(page.url()).pathname).toBe('/');
    await page.getByTestId('logout-button').hover();
    expect(await page.locator('.hint').textContent()).toBe('Log out');
  });

  test('keeps its frame around a page whose code does not come', async () => {
    await dashboard.open(`${hermes.origin}/login`, hermes.key);
    await dashboard.page.route('**/assets/queue-page-*.js', (route) => route.abort());
    await dashboard.page.getByRole('link', { name: 'Queue', exact: true }).click();
    await dashboard.page.getByRole('heading', { name: 'This page could not be shown' }).waitFor();
    await dashboard.page.getByRole('link', { name: 'Downloads', exact: true }).click();
    await dashboard.page.getByTestId('add-input').waitFor();
  });
});
