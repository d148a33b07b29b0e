import { resolve } from 'node:path';
import { API_BASE } from '@hermes/contracts';
import type { Browser, BrowserContext } from 'playwright-core';
import type { Deployment } from '../../deploy/deployment.ts';
import { launchChromium } from '../../support/browser.ts';
import { findChromium } from '../../support/programs.ts';
import { RemoteProcess } from '../process/remote.ts';
import type { TransferCommands } from '../publishers/transfer-process.ts';
import { withDeployment } from './production.ts';

const TRANSFERS = resolve(import.meta.dirname, '../publishers/transfer-process.ts');

/** The built page behind the production deploy, a browser to look at it with, and downloads to look at. */
export class WebApp {
  readonly deployment: Deployment;
  readonly transfers: RemoteProcess<TransferCommands>;
  readonly #browser: Browser;

  constructor(deployment: Deployment, transfers: RemoteProcess<TransferCommands>, browser: Browser) {
    this.deployment = deployment;
    this.transfers = transfers;
    this.#browser = browser;
  }

  get origin(): string {
    return this.deployment.origin;
  }

  /** Another browser, as far as the page can tell: a cache, a cookie and a stream of its own. Logged in. */
  async newBrowser(): Promise<BrowserContext> {
    const context = await this.newStranger();
    const answer = await context.request.post(`${this.origin}${API_BASE}/auth/login`, {
      data: { key: await this.deployment.adminKey() },
    });
    if (!answer.ok()) throw new Error(`The log-in was answered with ${answer.status()}: ${await answer.text()}`);
    return context;
  }

  /** The same, and nobody is logged in. */
  newStranger(): Promise<BrowserContext> {
    return this.#browser.newContext({ viewport: { width: 1280, height: 800 } });
  }

  /** What an operator does to take streams back, or to bring them back, while everything runs. */
  async switchStreams(isOn: boolean): Promise<void> {
    const response = await fetch(`${this.deployment.apiOrigin}${API_BASE}/config`, {
      method: 'PATCH',
      headers: {
        authorization: `Bearer ${await this.deployment.adminKey()}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify({ sse_enabled: isOn }),
    });
    if (!response.ok) throw new Error(`The switch was answered with ${response.status}: ${await response.text()}`);
  }
}

/** @returns false if Caddy or Chromium is not here. */
export async function withWebApp(body: (app: WebApp) => Promise<void>): Promise<boolean> {
  if (findChromium() === null) return false;
  return withDeployment({ withoutWorker: true }, async (deployment) => {
    const transfers = new RemoteProcess<TransferCommands>(TRANSFERS, null);
    let browser: Browser | null = null;
    try {
      await transfers.call('open', deployment.redis.url);
      browser = await launchChromium();
      await body(new WebApp(deployment, transfers, browser));
    } finally {
      await browser?.close();
      await transfers.stop();
    }
  });
}
