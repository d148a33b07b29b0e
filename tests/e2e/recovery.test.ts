import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { launchChromium } from '../support/browser.ts';
import { findCaddy, findChromium } from '../support/programs.ts';
import { RecoveryScene, untilSaid, untilState } from './recovery-scene.ts';

const caddy = findCaddy();
/** Five seconds on an idle machine; a busy one may take its time. */
const RECOVERY_MS = 20_000;
/** Ten minutes, made short: long enough for a page that runs to have begun to poll. */
const FREEZE_MS = 8_000;
const AGE = /Last update \d+s ago/;

describe.skipIf(findChromium() === null || caddy === null)('after a disturbance the queue page is right again', () => {
  let scene: RecoveryScene;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;

  beforeAll(async () => {
    [scene, browser] = await Promise.all([RecoveryScene.start(caddy ?? ''), launchChromium()]);
  }, 120_000);
  beforeEach(async () => {
    context = await browser.newContext();
  });
  afterEach(async () => {
    scene.finish();
    await context.close();
  });
  afterAll(async () => {
    await browser?.close();
    await scene?.close();
  });

  /** Since `from` the page could be right again: waits until it is. */
  async function untilRight(from: number, after: string): Promise<void> {
    const tookMs = await scene.untilSame(page, from);
    console.log(`After ${after} the page equals a fresh read within ${Math.round(tookMs)} ms`);
    expect(tookMs).toBeLessThan(RECOVERY_MS);
    await untilState(page, 'live');
    await scene.untilSame(page);
    // It may be right before it is told that Redis is back.
    await page.getByTestId('connection-banner').waitFor({ state: 'detached' });
  }

  test('the gateway is killed, and comes back', async () => {
    page = await scene.open(context);
    await scene.begin(page);
    await scene.deployment.service('events').kill();
    await untilState(page, 'reconnecting');
    await untilState(page, 'polling');
    await untilSaid(page, AGE);
    await scene.changeMuch();
    // Without a stream, too: by polling.
    await scene.untilSame(page);
    await scene.deployment.run('events');
    await untilRight(performance.now(), 'a killed gateway');
  });

  test('Redis restarts, while downloads end', async () => {
    page = await scene.open(context);
    await scene.begin(page);
    await scene.deployment.redis.stop();
    await untilSaid(page, AGE);
    scene.finish();
    await scene.deployment.redis.restart();
    await untilRight(performance.now(), 'a restart of Redis');
  });

  test('the network is gone for a while', async () => {
    page = await scene.open(context);
    await scene.begin(page);
    const devtools = await context.newCDPSession(page);
    const unlimited = { latency: 0, downloadThroughput: -1, uploadThroughput: -1 };
    const setOffline = (offline: boolean) =>
      devtools.send('Network.emulateNetworkConditions', { offline, ...unlimited });
    await devtools.send('Network.enable');
    await setOffline(true);
    await untilState(page, 'reconnecting');
    // Nothing comes meanwhile, and the page says for how long.
    await untilSaid(page, /The server does not answer.*Last update ([5-9]|\d\d)s ago/);
    await scene.changeMuch();
    await setOffline(false);
    await untilRight(performance.now(), 'a dropped network');
  });

  // No page is ever hidden here, and Chromium freezes only those: its processes are stopped, as a phone does with them.
  test.each([
    ['after it was told', true],
    ['without a word', false],
  ])('the page is frozen %s, and much happens', async (how, isTold) => {
    page = await scene.open(context);
    await scene.begin(page);
    const tell = (type: string) => page.evaluate((event) => document.dispatchEvent(new Event(event)), type);
    if (isTold) await tell('freeze');
    const renderers = await rendererPids();
    for (const pid of renderers) process.kill(pid, 'SIGSTOP');
    try {
      await scene.changeMuch();
      await new Promise((done) => setTimeout(done, FREEZE_MS));
    } finally {
      for (const pid of renderers) process.kill(pid, 'SIGCONT');
    }
    const awakeAt = performance.now();
    if (isTold) await tell('resume');
    await untilRight(awakeAt, `a freeze ${how}`);
  });

  async function rendererPids(): Promise<number[]> {
    const devtools = await browser.newBrowserCDPSession();
    const { processInfo } = await devtools.send('SystemInfo.getProcessInfo');
    await devtools.detach();
    return processInfo.filter(({ type }) => type === 'renderer').map(({ id }) => id);
  }

  test('streams are switched off and on', async () => {
    page = await scene.open(context);
    await scene.begin(page);
    await scene.call('PATCH', '/config', { sse_enabled: false });
    await untilState(page, 'polling');
    await untilSaid(page, /^Not live: refreshed every few seconds\..*Last update \d+s ago/);
    await scene.changeMuch();
    await scene.untilSame(page);
    await scene.call('PATCH', '/config', { sse_enabled: true });
    await untilRight(performance.now(), 'streams switched off and on');
  });

  test.each(['revoked', 'expired'])('the key is %s, and somebody logs in again', async (how) => {
    const key = await scene.createKey(how === 'expired' ? new Date(Date.now() + 30_000) : null);
    page = await scene.open(context, key.key);
    await scene.begin(page);
    if (how === 'revoked') await scene.call('DELETE', `/auth/api-keys/${key.id}`);
    await page.getByTestId('login-key').waitFor({ timeout: 60_000 });
    await scene.changeMuch();
    const from = performance.now();
    await scene.logIn(page);
    await untilRight(from, `a key that was ${how}`);
    expect(new URL(page.url()).pathname + new URL(page.url()).search).toBe('/queue?view=all');
  });
});
