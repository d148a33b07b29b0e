import { findOnPath } from '@hermes/runtime';

/** A browser that the tests can drive, or null. */
export function findChromium(): string | null {
  return findOnPath(['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']);
}

/** The real proxy, or null. */
export function findCaddy(): string | null {
  return findOnPath(['caddy']);
}

export function findFirefox(): string | null {
  return findOnPath(['firefox-esr', 'firefox']);
}

/** The driver of WebKitGTK's browser, and the screen that it needs; null without either. */
export function findWebKit(): { driver: string; screen: string } | null {
  const driver = findOnPath(['WebKitWebDriver']);
  const screen = findOnPath(['Xvfb']);
  return driver === null || screen === null ? null : { driver, screen };
}

/** The downloader of videos, with the program that joins streams; null without either. */
export function findYtdlp(): { ytdlp: string; ffmpeg: string } | null {
  const ytdlp = findOnPath(['yt-dlp']);
  const ffmpeg = findOnPath(['ffmpeg']);
  return ytdlp === null || ffmpeg === null ? null : { ytdlp, ffmpeg };
}
