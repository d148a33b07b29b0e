import { launchChromium } from '../../support/browser.ts';
import type { ScriptBrowser } from './script-browser.ts';

/** Blink. */
export async function startChromium(): Promise<ScriptBrowser> {
  const browser = await launchChromium();
  const page = await browser.newPage();
  return {
    open: async (url) => {
      await page.goto(url);
    },
    run: (body) => page.evaluate(`(() => { ${body} })()`),
    close: () => browser.close(),
  };
}
