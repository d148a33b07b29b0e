import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Deployment } from '../deploy/deployment.ts';
import { launchChromium } from '../support/browser.ts';
import { findCaddy, findChromium } from '../support/programs.ts';
import { serveFile, sha256, TestOrigin, testBytes } from '../support/test-origin.ts';
import { DashboardPage } from './dashboard-page.ts';

const FILE = testBytes(12_000_000);
const caddy = findCaddy();

describe.skipIf(findChromium() === null || caddy === null)('a page whose events service goes away', () => {
  let deployment: Deployment;
  let origin: TestOrigin;
  let browser: Browser;

  beforeAll(async () => {
    [deployment, origin, browser] = await Promise.all([
      Deployment.start(caddy ?? ''),
      TestOrigin.start(),
      launchChromium(),
    ]);
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await deployment?.close();
    await origin?.close();
  });

  test('goes on by polling, says so, and stops polling when the service is back', async () => {
    // Slow while the service is away; the rest comes at once when everything has been seen.
    let bytesPerSecond = 300_000;
    origin.on('/film.bin', (request, response) =>
      serveFile(FILE, {
        etag: '"film"',
        get bytesPerSecond() {
          return bytesPerSecond;
        },
      })(request, response),
    );
    const dashboard = new DashboardPage(await browser.newPage());
    await dashboard.open(`${deployment.origin}/login`, await deployment.adminKey());
    await dashboard.untilConnection('live');
    await dashboard.add([origin.url('/film.bin')]);
    await dashboard.bar('film.bin').waitFor();
    await dashboard.recordBar('film.bin');

    await deployment.service('events').stop();
    await dashboard.untilConnection('polling');
    const seenBefore = (await dashboard.recordedBar()).length;
    const pollsBefore = dashboard.polls.length;
    await expect
      .poll(async () => (await dashboard.recordedBar()).length, { timeout: 30_000 })
      .toBeGreaterThan(seenBefore + 1);
    expect(dashboard.polls.length).toBeGreaterThan(pollsBefore);

    // The queue keeps its rows itself, and has to poll by itself.
    const { page } = dashboard;
    await page.getByRole('link', { name: 'Queue' }).click();
    const queued = page.getByTestId('queue-row').filter({ hasText: 'film.bin' }).getByTestId('download-progress');
    await queued.waitFor();
    expect(await page.getByTestId('connection-banner').textContent()).toMatch(/Last update \d+s ago/);
    const shownBefore = await queued.getAttribute('aria-valuetext');
    await expect.poll(() => queued.getAttribute('aria-valuetext'), { timeout: 30_000 }).not.toBe(shownBefore);
    await page.getByRole('link', { name: 'Downloads', exact: true }).click();
    await dashboard.bar('film.bin').waitFor();
    await dashboard.recordBar('film.bin');

    await deployment.run('events');
    await dashboard.untilConnection('live');
    // One interval may still be under way.
    await dashboard.page.waitForTimeout(2500);
    const pollsWhenLive = dashboard.polls.length;
    const seenWhenLive = (await dashboard.recordedBar()).length;
    await expect
      .poll(async () => (await dashboard.recordedBar()).length, { timeout: 30_000 })
      .toBeGreaterThan(seenWhenLive + 5);
    expect(dashboard.polls.slice(pollsWhenLive)).toEqual([]);

    bytesPerSecond = 100_000_000;
    origin.cut();
    await dashboard
      .row('film.bin')
      .and(dashboard.page.locator('[data-status="completed"]'))
      .waitFor({ timeout: 60_000 });
    expect(sha256(await readFile(join(deployment.home, 'downloads/film.bin')))).toBe(sha256(FILE));
    const values = await dashboard.recordedBar();
    expect(values).toEqual([...values].sort((a, b) => a - b));
  });
});
