import type { Page } from 'playwright-core';
import { launchChromium } from '../../support/browser.ts';
import type { ScriptBrowser, ScriptPage } from './script-browser.ts';

/** Blink. */
export async function startChromium(): Promise<ScriptBrowser> {
  const browser = await launchChromium();
  const context = await browser.newContext();
  return {
    ...scriptPage(await context.newPage()),
    newPage: async () => scriptPage(await context.newPage()),
    close: () => browser.close(),
  };
}

function scriptPage(page: Page): ScriptPage {
  return {
    open: async (url) => {
      await page.goto(url);
    },
    run: (body) => page.evaluate(`(() => { ${body} })()`),
  };
}
