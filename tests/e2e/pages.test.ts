import { readFile } from 'node:fs/promises';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { launchChromium } from '../support/browser.ts';
import { findChromium } from '../support/programs.ts';
import { serveFile, TestOrigin, testBytes } from '../support/test-origin.ts';
import { DashboardPage } from './dashboard-page.ts';
import { TestHermes } from './test-hermes.ts';

const SIZE = 100_000;
/** For what a stream brings, on a machine that has much else to do. */
const PATIENCE = { timeout: 30_000 };

describe.skipIf(findChromium() === null)('history, analytics, storage, settings and inspector', () => {
  let hermes: TestHermes;
  let origin: TestOrigin;
  let browser: Browser;
  let dashboard: DashboardPage;
  let page: Page;

  beforeAll(async () => {
    [hermes, origin, browser] = await Promise.all([TestHermes.start(), TestOrigin.start(), launchChromium()]);
    for (const name of ['one.bin', 'two.bin', 'three.bin', 'four.bin']) {
      origin.on(`/${name}`, serveFile(testBytes(SIZE, name)));
    }
    origin.on('/slow.bin', serveFile(testBytes(4_000_000), { bytesPerSecond: 20_000 }));
    await add('one.bin');
    await add('missing.bin');
    await vi.waitFor(async () => expect((await hermes.get<{ total: number }>('/history')).total).toBe(2), PATIENCE);
  });
  beforeEach(async () => {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, acceptDownloads: true });
    page = await context.newPage();
    dashboard = new DashboardPage(page);
    await dashboard.open(`${hermes.origin}/login`, hermes.key);
    await dashboard.untilConnection('live');
  });
  afterEach(() => page.context().close());
  afterAll(async () => {
    await browser?.close();
    await hermes?.close();
    await origin?.close();
  });

  async function add(name: string): Promise<void> {
    const response = await fetch(`${hermes.origin}/api/v1/download`, {
      method: 'POST',
      headers: { ...hermes.authorization, 'content-type': 'application/json' },
      body: JSON.stringify({ url: origin.url(`/${name}`) }),
    });
    expect(response.status).toBe(202);
  }

  const goTo = (path: string) => page.goto(hermes.origin + path);
  const row = (name: string) => page.getByTestId('history-row').filter({ hasText: name });

  test('the history comes by itself, is narrowed by its address, exported, and tidied', async () => {
    // By the keyboard, and from the one page that has an `a` of its own.
    await page.locator('#content').focus();
    await page.keyboard.press('g');
    await page.keyboard.press('h');
    await row('one.bin').waitFor();
    expect(await row('missing.bin').textContent()).toContain('The site refused the request');
    await add('two.bin');
    await row('two.bin').waitFor(PATIENCE);
    expect(await page.getByTestId('history-row').first().textContent()).toContain('two.bin');

    await page.getByTestId('history-status').selectOption('failed');
    await row('two.bin').waitFor({ state: 'detached' });
    expect(new URL(page.url()).search).toBe('?status=failed');
    await page.reload();
    await row('missing.bin').waitFor();
    expect(await page.getByTestId('history-row').count()).toBe(1);
    const [file] = await Promise.all([page.waitForEvent('download'), page.getByTestId('export-csv').click()]);
    const text = await readFile(await file.path(), 'utf8');
    expect(text).toContain('missing.bin');
    expect(text).not.toContain('two.bin');

    await page.getByTestId('history-clear').click();
    await page.getByTestId('history-search').fill('two');
    await row('missing.bin').waitFor({ state: 'detached' });
    await row('two.bin').getByTestId('history-delete').click();
    await page.getByTestId('confirm-button').click();
    await page.getByRole('heading', { name: 'Nothing matches' }).waitFor();
    expect(await hermes.get<{ total: number }>('/history?q=two')).toMatchObject({ total: 0 });
  });

  test('a row leads to its download; what failed is tried again', async () => {
    await goTo('/history?q=missing');
    origin.on('/missing.bin', serveFile(testBytes(SIZE)));
    await row('missing.bin').getByTestId('history-retry').click();
    await vi.waitFor(
      async () => expect(await row('missing.bin').getAttribute('data-status')).toBe('completed'),
      PATIENCE,
    );
    await row('missing.bin').getByRole('link', { name: 'missing.bin', exact: true }).click();
    await page.getByTestId('download-page').waitFor();
  });

  test('analytics count what ends while one looks', async () => {
    await goTo('/analytics?period=day');
    const completed = page.getByTestId('stats-figures').locator('div', { hasText: 'Completed' }).locator('dd');
    await completed.waitFor();
    const before = Number(await completed.textContent());
    await add('three.bin');
    await vi.waitFor(async () => expect(Number(await completed.textContent())).toBe(before + 1), PATIENCE);
    const bars = page.getByTestId('timeline-chart').getByRole('button');
    expect(await bars.count()).toBe(24);
    await bars.last().focus();
    await page.keyboard.press('Home');
    expect(await bars.first().evaluate((bar) => bar === document.activeElement)).toBe(true);
    await page.getByTestId('period-year').click();
    await vi.waitFor(async () => expect(await bars.count()).toBe(12), PATIENCE);
    expect(new URL(page.url()).search).toBe('?period=year');
  });

  test('storage counts a file that has arrived, and again when asked', async () => {
    await goTo('/storage');
    const count = page.getByTestId('storage-facts').locator('dd').first();
    await count.waitFor();
    const before = Number(await count.textContent());
    await add('four.bin');
    await vi.waitFor(async () => expect(Number(await count.textContent())).toBeGreaterThan(before), PATIENCE);
    expect(await page.getByRole('meter', { name: 'Disk' }).getAttribute('aria-valuetext')).toMatch(
      /^\d+% in use, .* free$/,
    );
    const [answer] = await Promise.all([
      page.waitForResponse((response) => response.url().endsWith('/storage/rescan')),
      page.getByTestId('rescan-button').click(),
    ]);
    expect(answer.status()).toBe(202);
  });

  test('a key is made, works, and is revoked', async () => {
    await goTo('/settings');
    await page.getByTestId('key-name').fill('for a test');
    await page.getByTestId('key-create').click();
    const key = (await page.getByTestId('new-key-text').textContent()) ?? '';
    const status = async () =>
      (await fetch(`${hermes.origin}/api/v1/stats`, { headers: { authorization: `Bearer ${key}` } })).status;
    expect(await status()).toBe(200);
    await page.getByRole('button', { name: 'Revoke for a test' }).click();
    await page.getByTestId('confirm-button').click();
    await page.getByTestId('key-row').filter({ hasText: 'for a test' }).waitFor({ state: 'detached' });
    expect(await status()).toBe(401);
    expect(await page.getByText(key).count()).toBe(0);
    // The last that may do so keeps its place.
    await page.getByRole('button', { name: 'Revoke admin' }).click();
    await page.getByTestId('confirm-button').click();
    await page.getByText('The key still works').waitFor();
  });

  test('live updates are switched off and on for everybody', async () => {
    await goTo('/settings');
    await dashboard.untilConnection('live');
    await page.getByTestId('sse-switch').click();
    await page
      .locator('[data-testid="connection-status"]')
      .getByText('Live', { exact: true })
      .waitFor({ state: 'detached' });
    expect(await hermes.get('/config')).toMatchObject({ sse_enabled: false });
    await page.getByTestId('sse-switch').click();
    await dashboard.untilConnection('live');
    await page.getByTestId('rollout-input').fill('40');
    await page.getByTestId('rollout-button').click();
    await vi.waitFor(
      async () => expect(await hermes.get('/config')).toMatchObject({ sse_rollout_percent: 40 }),
      PATIENCE,
    );
    await page.getByTestId('config-reset').click();
    await vi.waitFor(
      async () => expect(await hermes.get('/config')).toMatchObject({ sse_rollout_percent: 100 }),
      PATIENCE,
    );
  });

  test('the inspector shows the one stream, holds it still, and hands it to a terminal', async () => {
    await goTo('/inspector');
    await page.getByTestId('inspector-row').filter({ hasText: 'connected' }).waitFor(PATIENCE);
    await add('slow.bin');
    const progress = page.getByTestId('inspector-row').filter({ hasText: 'download_progress' });
    await progress.first().waitFor(PATIENCE);
    await progress.first().getByRole('button').click();
    await vi.waitFor(
      async () => expect(await page.getByTestId('inspector-pause').textContent()).toMatch(/Resume \(\d+ new\)/),
      PATIENCE,
    );
    // Of the row that was opened: by the time of the click another one may have been the first.
    await progress.getByRole('button', { name: 'Only this download' }).click();
    expect(await page.getByTestId('curl-key').textContent()).toContain('/events/downloads/');
    await page.getByTestId('inspector-pause').click();

    // The line works as it stands, without any key.
    await page.getByTestId('curl-token-button').click();
    const line = (await page.getByTestId('curl-token').textContent()) ?? '';
    const url = /^curl -N '([^']+)'$/.exec(line)?.[1] ?? '';
    const controller = new AbortController();
    const response = await fetch(url, { signal: controller.signal });
    expect(response.status).toBe(200);
    const chunk = await response.body?.getReader().read();
    expect(new TextDecoder().decode(chunk?.value)).toContain('event: connected');
    controller.abort();

    // Its own, and no second one.
    const own = page.getByTestId('connection-row').filter({ hasText: '(this browser)' });
    await own.waitFor(PATIENCE);
    expect(await own.count()).toBe(1);
    expect(new Set(dashboard.streams.map((path) => path.replace(/\?.*/, '')))).toEqual(
      new Set(['/api/v1/events/stream', '/api/v1/events/connections', '/api/v1/events/token']),
    );
  });
});
