import { API_BASE } from '@hermes/contracts';
import type { BrowserContext } from 'playwright-core';
import { formerRoutes } from './former-routes.ts';
import { type Traffic, WireTraffic } from './wire-traffic.ts';

/** A page of the web app as it was before there were streams, as far as the network can tell. */
export class FormerPage {
  readonly #wire: WireTraffic;

  private constructor(wire: WireTraffic) {
    this.#wire = wire;
  }

  /** @param ids the downloads that it shows */
  static async open(context: BrowserContext, origin: string, ids: readonly string[]): Promise<FormerPage> {
    const page = await context.newPage();
    const wire = await WireTraffic.watch(await context.newCDPSession(page));
    // Of the same origin, and nothing but itself.
    await page.goto(`${origin}/favicon.svg`);
    const routes = formerRoutes(ids).map(({ path, intervalMs }) => ({
      url: `${origin}${API_BASE}${path}`,
      intervalMs,
    }));
    await page.evaluate((polled) => {
      for (const { url, intervalMs } of polled) {
        const poll = async () => {
          const response = await fetch(url);
          if (!response.ok) throw new Error(`${url} was answered with ${response.status}`);
          await response.json();
        };
        void poll();
        setInterval(poll, intervalMs);
      }
    }, routes);
    return new FormerPage(wire);
  }

  traffic(): Traffic {
    return this.#wire.total();
  }
}
