import { findChromium, findFirefox, findWebKit } from '../../support/programs.ts';
import { startChromium } from './chromium-browser.ts';
import { startFirefox } from './firefox-browser.ts';
import type { ScriptBrowser } from './script-browser.ts';
import { startWebKit } from './webkit-browser.ts';

/** Every engine that there is. */
export const BROWSERS: readonly {
  name: 'Chromium' | 'Firefox' | 'WebKit';
  isMissing: boolean;
  start: () => Promise<ScriptBrowser>;
}[] = [
  { name: 'Chromium', isMissing: findChromium() === null, start: startChromium },
  { name: 'Firefox', isMissing: findFirefox() === null, start: startFirefox },
  { name: 'WebKit', isMissing: findWebKit() === null, start: startWebKit },
];
