import { setTimeout as delay } from 'node:timers/promises';
import type { BrowserContext } from 'playwright-core';
import { MeasuredPage, PAGES, type PageName } from './measured-page.ts';

/** What is asked for late is asked for by then, in milliseconds after the first row is painted. */
export const FIRST_LOAD_AFTERMATH_MS = 1000;

export interface FirstLoad {
  /** From the start of the navigation to the end of the frame that first shows a row. */
  paintMs: number;
  bytes: number;
  scriptBytes: number;
  requests: number;
}

interface LoadWindow extends Window {
  paintedAt?: number;
}

/** Opens the page in a browser that has never seen it, and closes that again. */
export async function measureFirstLoad(browser: BrowserContext, origin: string, name: PageName): Promise<FirstLoad> {
  await browser.addInitScript((row) => {
    const observer = new MutationObserver(() => {
      if (document.querySelector(row) === null) return;
      observer.disconnect();
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => {
        (window as LoadWindow).paintedAt = performance.now();
      };
      requestAnimationFrame(() => port2.postMessage(null));
    });
    observer.observe(document, { subtree: true, childList: true });
  }, PAGES[name].row);
  const measured = await MeasuredPage.open(browser, origin, name);
  await delay(FIRST_LOAD_AFTERMATH_MS);
  const paintMs = await measured.page.evaluate(() => (window as LoadWindow).paintedAt ?? Number.NaN);
  const { exchanges } = measured;
  const load = {
    paintMs,
    ...measured.traffic(),
    scriptBytes: exchanges.filter(({ type }) => type === 'Script').reduce((sum, { bytes }) => sum + bytes, 0),
  };
  await browser.close();
  return load;
}
