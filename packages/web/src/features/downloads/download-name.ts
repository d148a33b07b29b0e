import type { Download } from '@hermes/contracts';

/** What to call a download: its file name; before that is known, the last part of the URL's path; else its host. */
export function downloadName(download: Pick<Download, 'filename' | 'url'>): string {
  if (download.filename !== null) return download.filename;
  const url = URL.parse(download.url);
  if (url === null) return download.url;
  const last = url.pathname.split('/').findLast((part) => part !== '');
  return last === undefined ? url.host : decoded(last);
}

/** The host without the `www.` that says nothing. */
export function downloadHost(url: string): string {
  return URL.parse(url)?.host.replace(/^www\./, '') ?? '';
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
