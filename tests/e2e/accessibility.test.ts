import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { DOWNLOAD_STATUSES, type ListDownloadsResponse } from '@hermes/contracts';
import type { AxeResults } from 'axe-core';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { launchChromium } from '../support/browser.ts';
import { findChromium } from '../support/programs.ts';
import { serveFile, TestOrigin, testBytes } from '../support/test-origin.ts';
import { DashboardPage } from './dashboard-page.ts';
import { TestHermes } from './test-hermes.ts';

const AXE = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

interface Place {
  name: string;
  open: (page: Page) => Promise<void>;
}

describe.skipIf(findChromium() === null)('every page, by the rules of WCAG 2.2 AA', () => {
  let hermes: TestHermes;
  let origin: TestOrigin;
  let browser: Browser;
  const contexts: BrowserContext[] = [];

  beforeAll(async () => {
    [hermes, origin, browser] = await Promise.all([TestHermes.start(), TestOrigin.start(), launchChromium()]);
    origin.on('/slow.bin', serveFile(testBytes(5_000_000), { bytesPerSecond: 5000 }));
    origin.on('/quick.bin', serveFile(testBytes(5000)));
    for (const name of ['slow.bin', 'quick.bin', 'missing.bin']) await add(name);
    await vi.waitFor(async () => expect((await list()).counts).toMatchObject({ completed: 1, failed: 1 }), 30_000);
  });
  afterAll(async () => {
    await Promise.all(contexts.map((context) => context.close()));
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

  const list = () =>
    hermes.get<ListDownloadsResponse>(`/download/queue?limit=100&status=${DOWNLOAD_STATUSES.join(',')}`);

  async function openDownload(page: Page, name: string): Promise<void> {
    const download = (await list()).items.find(({ url }) => url.endsWith(name));
    await page.goto(`${hermes.origin}/downloads/${download?.download_id}`);
    await page.getByTestId('download-page').waitFor();
  }

  const goTo = (path: string) => async (page: Page) => {
    await page.goto(hermes.origin + path);
  };

  const PLACES: Place[] = [
    {
      name: 'the dashboard',
      open: async (page) => {
        await goTo('/')(page);
        await page.getByTestId('download-row').nth(2).waitFor();
      },
    },
    {
      name: 'the queue',
      open: async (page) => {
        await goTo('/queue?view=all')(page);
        await page.getByTestId('queue-row').nth(2).waitFor();
      },
    },
    {
      name: 'the queue with rows chosen',
      open: async (page) => {
        await goTo('/queue?view=all')(page);
        await page.getByTestId('queue-row').first().getByRole('checkbox').click();
        await page.getByTestId('bulk-bar').waitFor();
      },
    },
    {
      name: 'a part of the queue that is empty',
      open: async (page) => {
        await goTo('/queue?view=paused')(page);
        await page.getByRole('heading', { name: 'Nothing is paused' }).waitFor();
      },
    },
    { name: 'a running download', open: (page) => openDownload(page, 'slow.bin') },
    { name: 'a finished download', open: (page) => openDownload(page, 'quick.bin') },
    { name: 'a failed download', open: (page) => openDownload(page, 'missing.bin') },
    {
      name: 'the history',
      open: async (page) => {
        await goTo('/history')(page);
        await page.getByTestId('history-row').nth(1).waitFor();
        const more = page.getByTestId('history-more');
        if (await more.isVisible()) await more.click();
      },
    },
    {
      name: 'a history of nothing',
      open: async (page) => {
        await goTo('/history?q=nowhere&from=2026-01-01')(page);
        await page.getByRole('heading', { name: 'Nothing matches' }).waitFor();
      },
    },
    {
      name: 'the analytics',
      open: async (page) => {
        await goTo('/analytics')(page);
        await page.getByTestId('timeline-chart').getByRole('button').last().focus();
      },
    },
    {
      name: 'the analytics as a table',
      open: async (page) => {
        await goTo('/analytics?period=day')(page);
        await page.getByTestId('timeline-chart').waitFor();
        await page.getByTestId('timeline-table').click();
        await page.getByRole('region', { name: 'Timeline as a table' }).waitFor();
      },
    },
    {
      name: 'the storage',
      open: async (page) => {
        await goTo('/storage')(page);
        await page.getByTestId('disk').waitFor();
      },
    },
    {
      name: 'the settings',
      open: async (page) => {
        await goTo('/settings')(page);
        await page.getByTestId('key-row').first().waitFor();
        await page.getByTestId('live-section').waitFor();
      },
    },
    {
      name: 'the inspector with an event open',
      open: async (page) => {
        await goTo('/inspector')(page);
        const row = page.getByTestId('inspector-row').filter({ hasText: 'download_progress' }).first();
        await row.getByRole('button').click();
        await page.getByTestId('connection-row').first().waitFor();
      },
    },
    {
      name: 'the help sheet',
      open: async (page) => {
        await goTo('/queue')(page);
        await page.getByRole('button', { name: 'Keyboard shortcuts' }).click();
        await page.getByRole('dialog').waitFor();
      },
    },
    {
      name: 'an address that there is not',
      open: async (page) => {
        await goTo('/nowhere')(page);
        await page.getByRole('heading', { name: 'There is no such page' }).waitFor();
      },
    },
    {
      name: 'the log-in',
      open: async (page) => {
        await page.context().clearCookies();
        await goTo('/login')(page);
        await page.getByTestId('login-key').waitFor();
      },
    },
  ];

  test.each([
    ['light', 1280],
    ['dark', 1280],
    ['light', 390],
  ] as const)('in %s, %i pixels wide', async (colorScheme, width) => {
    const context = await browser.newContext({
      colorScheme,
      viewport: { width, height: 844 },
      // A colour on its way to another is none that anybody reads.
      reducedMotion: 'reduce',
      bypassCSP: true,
    });
    contexts.push(context);
    const dashboard = new DashboardPage(await context.newPage());
    await dashboard.open(`${hermes.origin}/login`, hermes.key);
    const found: string[] = [];
    for (const place of PLACES.filter(({ name }) => width > 390 || name !== 'the help sheet')) {
      if (width === 390 && place.name === 'the queue with rows chosen') {
        // Nothing can be chosen before that has been asked for.
        await goTo('/queue?view=all')(dashboard.page);
        await dashboard.page.getByRole('button', { name: 'Choose several' }).click();
        await dashboard.page.getByTestId('queue-row').first().click();
      } else await place.open(dashboard.page);
      found.push(...(await violations(dashboard.page)).map((violation) => `${place.name}: ${violation}`));
    }
    expect(found).toEqual([]);
    // And would it have been found?
    await dashboard.page.evaluate(() => document.body.append(document.createElement('button')));
    expect(await violations(dashboard.page)).toEqual([expect.stringContaining('button-name')]);
  });
});

async function violations(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  const { violations: found } = await page.evaluate(
    (rules) =>
      (window as unknown as { axe: { run: (options: object) => Promise<AxeResults> } }).axe.run({
        runOnly: { type: 'tag', values: rules },
      }),
    RULES,
  );
  return found.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id} at ${target.join(' ')}: ${failureSummary}`),
  );
}
