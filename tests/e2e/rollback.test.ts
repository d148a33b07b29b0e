import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import type { Download, EventsHealth } from '@hermes/contracts';
import type { Browser, BrowserContext } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { launchChromium } from '../support/browser.ts';
import { findChromium } from '../support/programs.ts';
import { serveFile, TestOrigin, testBytes } from '../support/test-origin.ts';
import { DashboardPage } from './dashboard-page.ts';
import { TestHermes } from './test-hermes.ts';

const WEB = resolve(import.meta.dirname, '../../packages/web');
const FILE = testBytes(1_000_000);
const PATIENCE = { timeout: 60_000, interval: 250 };

/** The steps of "Rolling back to polling" in docs/operations.md. */
describe.skipIf(findChromium() === null)('rolling back to polling', () => {
  let hermes: TestHermes;
  let origin: TestOrigin;
  let browser: Browser;
  const contexts: BrowserContext[] = [];

  beforeAll(async () => {
    [hermes, origin, browser] = await Promise.all([TestHermes.start(), TestOrigin.start(), launchChromium()]);
  });
  afterEach(async () => {
    for (const context of contexts.splice(0)) await context.close();
    await change({ sse_enabled: null, sse_rollout_percent: null });
  });
  afterAll(async () => {
    await browser?.close();
    await hermes?.close();
    await origin?.close();
  });

  async function change(switches: object, of = hermes): Promise<void> {
    const response = await fetch(`${of.origin}/api/v1/config`, {
      method: 'PATCH',
      headers: { ...of.authorization, 'content-type': 'application/json' },
      body: JSON.stringify(switches),
    });
    expect(response.status).toBe(200);
  }

  const connections = async () => (await hermes.get<EventsHealth>('/events/health')).active_connections;

  /** Another browser, that has drawn this bucket; one that has not drawn yet without. */
  async function aBrowser(bucket?: number): Promise<BrowserContext> {
    const localStorage = bucket === undefined ? [] : [{ name: 'hermes.rollout-bucket', value: String(bucket) }];
    const context = await browser.newContext({
      storageState: { cookies: [], origins: [{ origin: hermes.origin, localStorage }] },
    });
    contexts.push(context);
    return context;
  }

  async function aDashboard(context: BrowserContext, of = hermes): Promise<DashboardPage> {
    const dashboard = new DashboardPage(await context.newPage());
    await dashboard.open(`${of.origin}/login`, of.key);
    return dashboard;
  }

  /** Downloads a file while the page looks on. */
  async function download(dashboard: DashboardPage, name: string): Promise<void> {
    origin.on(`/${name}`, serveFile(FILE, { etag: `"${name}"`, bytesPerSecond: 400_000 }));
    await dashboard.add([origin.url(`/${name}`)]);
  }

  async function untilCompleted(dashboard: DashboardPage, names: readonly string[]): Promise<void> {
    for (const name of names) {
      await dashboard
        .row(name)
        .and(dashboard.page.locator('[data-status="completed"]'))
        .waitFor({ timeout: PATIENCE.timeout });
    }
  }

  test('1. by the run-time switch: streams end, pages poll; back, they are live, and nothing is lost', async () => {
    const dashboard = await aDashboard(await aBrowser());
    await dashboard.untilConnection('live');
    await download(dashboard, 'before.bin');
    await dashboard.row('before.bin').waitFor();

    await change({ sse_enabled: false });
    await vi.waitFor(async () => expect(await connections()).toBe(0), PATIENCE);
    await dashboard.untilConnection('polling');
    const polls = dashboard.polls.length;
    await download(dashboard, 'between.bin');
    await untilCompleted(dashboard, ['before.bin', 'between.bin']);
    expect(dashboard.polls.length).toBeGreaterThan(polls);

    await change({ sse_enabled: true });
    await download(dashboard, 'turning.bin');
    await dashboard.untilConnection('live');
    expect(await connections()).toBe(1);
    await dashboard.page.waitForTimeout(2500);
    const pollsWhenLive = dashboard.polls.length;
    await download(dashboard, 'after.bin');
    await untilCompleted(dashboard, ['before.bin', 'between.bin', 'turning.bin', 'after.bin']);
    expect(dashboard.polls.slice(pollsWhenLive)).toEqual([]);
    const { items } = await hermes.get<{ items: Download[] }>('/download/queue?status=completed&limit=100');
    expect(await dashboard.page.getByTestId('download-row').count()).toBe(items.length);
  });

  test('2. by percent: each browser stays where it is, and a higher percent takes nobody out', async () => {
    await change({ sse_rollout_percent: 0 });
    const [low, high] = [await aBrowser(20), await aBrowser(80)];
    const early = await aDashboard(low);
    await early.untilConnection('off');
    await download(early, 'none.bin');
    await untilCompleted(early, ['none.bin']);
    expect([early.streams, await connections()]).toEqual([[], 0]);

    await change({ sse_rollout_percent: 50 });
    await early.page.reload();
    const late = await aDashboard(high);
    for (let n = 0; n < 2; n += 1) {
      await early.untilConnection('live');
      await late.untilConnection('off');
      await Promise.all([early.page.reload(), late.page.reload()]);
    }
    expect(late.streams).toEqual([]);

    // Nobody has to load the page again for that.
    await change({ sse_rollout_percent: 100 });
    await late.untilConnection('live');
    await early.untilConnection('live');
    await vi.waitFor(async () => expect(await connections()).toBe(2), PATIENCE);

    const fresh = await aDashboard(await aBrowser());
    const bucket = () => fresh.page.evaluate(() => localStorage.getItem('hermes.rollout-bucket'));
    const drawn = await bucket();
    await fresh.page.reload();
    await fresh.untilConnection('live');
    expect([drawn, await bucket()]).toEqual([expect.stringMatching(/^\d{1,2}$/), drawn]);
  });

  test('3. by the environment, which a switch goes before', async () => {
    const other = await TestHermes.start({ HERMES_ENABLE_SSE: 'false' });
    try {
      const dashboard = await aDashboard(await browser.newContext(), other);
      contexts.push(dashboard.page.context());
      await dashboard.untilConnection('off');
      expect(dashboard.streams).toEqual([]);
      await download(dashboard, 'environment.bin');
      await untilCompleted(dashboard, ['environment.bin']);
      await change({ sse_enabled: true }, other);
      await dashboard.untilConnection('live');
    } finally {
      await other.close();
    }
  });

  test('4. by the build: the page asks for no stream, whatever the server says', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'hermes-web-'));
    try {
      await promisify(execFile)(
        join(WEB, 'node_modules/.bin/vite'),
        ['build', '--logLevel', 'warn', '--outDir', dir, '--emptyOutDir'],
        { cwd: WEB, env: { ...process.env, VITE_SSE_ENABLED: 'false' } },
      );
      const context = await aBrowser(0);
      await context.route(
        ({ pathname }) => !pathname.startsWith('/api/'),
        (route) => {
          const { pathname } = new URL(route.request().url());
          return route.fulfill({ path: join(dir, pathname.includes('.') ? pathname : 'index.html') });
        },
      );
      const dashboard = await aDashboard(context);
      await dashboard.untilConnection('off');
      await download(dashboard, 'built.bin');
      await untilCompleted(dashboard, ['built.bin']);
      expect([dashboard.streams, await connections()]).toEqual([[], 0]);
    } finally {
      await rm(dir, { recursive: true, force: true });
    }
  });
});
