import { launch } from 'puppeteer-core';
import { findFirefox } from '../../support/programs.ts';
import type { ScriptBrowser } from './script-browser.ts';

/** Gecko, over WebDriver BiDi. */
export async function startFirefox(): Promise<ScriptBrowser> {
  const executablePath = findFirefox();
  if (executablePath === null) throw new Error('There is no Firefox on this machine');
  const browser = await launch({ browser: 'firefox', executablePath, headless: true });
  const page = await browser.newPage();
  return {
    open: async (url) => {
      await page.goto(url);
    },
    run: (body) => page.evaluate(`(() => { ${body} })()`),
    close: () => browser.close(),
  };
}
