import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { DOWNLOAD_STATUSES, type ListDownloadsResponse } from '@hermes/contracts';
import type { Browser, Page } from 'playwright-core';
import { launchChromium } from '../support/browser.ts';
import { TestOrigin } from '../support/test-origin.ts';
import { SAMPLES, serveSample } from './sample-files.ts';
import { TestHermes } from './test-hermes.ts';

/*
 * Draws docs/screenshots/ anew, against the whole of Hermes and a site that serves invented files at their pace:
 *
 *   node tests/e2e/screenshots.ts [name of a page …]
 */
const DIRECTORY = resolve(import.meta.dirname, '../../docs/screenshots');

const VARIANTS = [
  { name: 'light', colorScheme: 'light', viewport: { width: 1280, height: 800 } },
  { name: 'dark', colorScheme: 'dark', viewport: { width: 1280, height: 800 } },
  { name: 'phone', colorScheme: 'light', viewport: { width: 390, height: 844 } },
] as const;

interface Shot {
  name: string;
  path: () => Promise<string> | string;
  /** What has to be there before the picture is taken. */
  ready: (page: Page) => Promise<void>;
}

const wanted = process.argv.slice(2);
const [hermes, origin, browser] = await Promise.all([
  TestHermes.start({ HERMES_CONCURRENCY: '4' }),
  TestOrigin.start(),
  launchChromium(),
]);

const SHOTS: readonly Shot[] = [
  {
    name: 'dashboard',
    path: () => '/',
    ready: (page) => page.getByTestId('download-row').nth(6).waitFor(),
  },
  { name: 'queue', path: () => '/queue?view=all', ready: (page) => page.getByTestId('queue-row').nth(6).waitFor() },
  {
    name: 'download',
    path: () => downloadPath('debian'),
    ready: (page) => page.getByTestId('download-page').waitFor(),
  },
  {
    name: 'failed',
    path: () => downloadPath('firmware'),
    ready: (page) => page.getByTestId('download-failure').waitFor(),
  },
  {
    name: 'chosen',
    path: () => '/queue',
    ready: async (page) => {
      await page.getByTestId('queue-row').nth(1).waitFor();
      if (page.viewportSize()?.width === 390) await page.getByRole('button', { name: 'Choose several' }).click();
      for (const index of [0, 1])
        await page
          .getByTestId('queue-row')
          .nth(index)
          .click({ modifiers: ['Control'] });
    },
  },
  { name: 'history', path: () => '/history', ready: (page) => page.getByTestId('history-row').nth(2).waitFor() },
  { name: 'analytics', path: () => '/analytics', ready: (page) => page.getByTestId('timeline-chart').waitFor() },
  { name: 'storage', path: () => '/storage', ready: (page) => page.getByTestId('disk').waitFor() },
  { name: 'settings', path: () => '/settings', ready: (page) => page.getByTestId('live-section').waitFor() },
  {
    name: 'inspector',
    path: () => '/inspector',
    ready: (page) => page.getByTestId('inspector-row').nth(9).waitFor(),
  },
];

try {
  await mkdir(DIRECTORY, { recursive: true });
  await addSamples();
  for (const variant of VARIANTS) await photograph(browser, variant);
} finally {
  await browser.close();
  await hermes.close();
  await origin.close();
}

async function addSamples(): Promise<void> {
  for (const sample of SAMPLES) {
    origin.on(`/${sample.name}`, serveSample(sample));
    const response = await fetch(`${hermes.origin}/api/v1/download`, {
      method: 'POST',
      headers: { ...hermes.authorization, 'content-type': 'application/json' },
      body: JSON.stringify({ url: origin.url(`/${sample.name}`), priority: sample.priority ?? 50 }),
    });
    if (!response.ok) throw new Error(`${sample.name} was refused: ${await response.text()}`);
    // One after the other also in the order of their creation.
    await delay(20);
  }
  // Until what ends soon has ended.
  await delay(6000);
}

/** The page of the sample whose name begins so. */
async function downloadPath(name: string): Promise<string> {
  const { items } = await hermes.get<ListDownloadsResponse>(
    `/download/queue?limit=100&status=${DOWNLOAD_STATUSES.join(',')}`,
  );
  const download = items.find(({ url }) => new URL(url).pathname.startsWith(`/${name}`));
  if (download === undefined) throw new Error(`There is no ${name} among the downloads`);
  return `/downloads/${download.download_id}`;
}

async function photograph(of: Browser, variant: (typeof VARIANTS)[number]): Promise<void> {
  const context = await of.newContext({ colorScheme: variant.colorScheme, viewport: variant.viewport });
  const page = await context.newPage();
  await page.goto(`${hermes.origin}/login`);
  await page.getByTestId('login-key').fill(hermes.key);
  await page.getByTestId('login-button').click();
  await page.getByTestId('add-input').waitFor();
  for (const shot of SHOTS) {
    if (wanted.length > 0 && !wanted.includes(shot.name)) continue;
    await page.goto(`${hermes.origin}${await shot.path()}`);
    await shot.ready(page);
    // The trace of the speed needs a few samples.
    await delay(4000);
    await page.screenshot({ path: join(DIRECTORY, `${shot.name}-${variant.name}.png`) });
    process.stdout.write(`${shot.name}-${variant.name}.png\n`);
  }
  await context.close();
}
