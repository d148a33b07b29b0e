import { findOnPath } from '@hermes/runtime';

/** A browser that the tests can drive, or null. */
export function findChromium(): string | null {
  return findOnPath(['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']);
}

/** The real proxy, or null. */
export function findCaddy(): string | null {
  return findOnPath(['caddy']);
}
