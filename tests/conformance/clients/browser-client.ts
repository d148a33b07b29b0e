import { expect, vi } from 'vitest';
import type { ScriptBrowser } from '../browsers/script-browser.ts';
import { NAMES, type SeenEvent, type StartClient } from './foreign-client.ts';

const POLL = { timeout: 20_000, interval: 100 };

/** A browser's own EventSource in a page of the server: it logs in there, and the cookie opens the stream. */
export function startBrowserClient(start: () => Promise<ScriptBrowser>): StartClient {
  return async ({ origin, path, key }) => {
    const browser = await start();
    try {
      await browser.open(`${origin}/login`);
      await browser.run(`
        const body = JSON.stringify({ key: ${JSON.stringify(key)} });
        fetch('/api/v1/auth/login', { method: 'POST', headers: { 'content-type': 'application/json' }, body })
          .then((response) => { window.loginStatus = response.status; });
      `);
      await vi.waitFor(async () => expect(await browser.run('return window.loginStatus')).toBe(200), POLL);
      await browser.run(`
        window.seen = [];
        window.source = new EventSource(${JSON.stringify(path)});
        for (const name of ${JSON.stringify(NAMES)}) {
          window.source.addEventListener(name, (event) => {
            // The browser's own error events carry no data.
            if (event instanceof MessageEvent) window.seen.push({ event: event.type, data: event.data, id: event.lastEventId });
          });
        }
      `);
    } catch (error) {
      await browser.close();
      throw error;
    }
    return {
      seen: async () => (await browser.run('return window.seen')) as SeenEvent[],
      close: async () => {
        await browser.run('window.source.close()');
        await browser.close();
      },
    };
  };
}
