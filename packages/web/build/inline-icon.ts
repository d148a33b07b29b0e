import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Plugin } from 'vite';

const ICON = resolve(import.meta.dirname, '../public/favicon.svg');
const LINK = 'href="/favicon.svg"';

/** The icon of the tab is smaller than the head of the request that would fetch it. The file stays, for notifications. */
export function inlineIcon(): Plugin {
  return {
    name: 'inline-icon',
    apply: 'build',
    async transformIndexHtml(html) {
      if (!html.includes(LINK)) throw new Error(`index.html has no ${LINK}`);
      const svg = (await readFile(ICON, 'utf8')).replaceAll(/>\s+</g, '><').replaceAll('"', "'").trim();
      return html.replace(
        LINK,
        `href="data:image/svg+xml,${svg.replaceAll('#', '%23').replaceAll('<', '%3C').replaceAll('>', '%3E')}"`,
      );
    },
  };
}
