import { launch, type Page } from 'puppeteer-core';
import { findFirefox } from '../../support/programs.ts';
import type { ScriptBrowser, ScriptPage } from './script-browser.ts';

/** Gecko, over WebDriver BiDi. */
export async function startFirefox(): Promise<ScriptBrowser> {
  const executablePath = findFirefox();
  if (executablePath === null) throw new Error('There is no Firefox on this machine');
  const browser = await launch({ browser: 'firefox', executablePath, headless: true });
  return {
    ...scriptPage(await browser.newPage()),
    newPage: async () => scriptPage(await browser.newPage()),
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
