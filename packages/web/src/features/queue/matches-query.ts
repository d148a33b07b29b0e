import type { Download } from '@hermes/contracts';
import { downloadName } from '../downloads/download-name.ts';

/** Whether every word of the query stands somewhere in the name or the address. */
export function matchesQuery(download: Pick<Download, 'filename' | 'url'>, query: string): boolean {
  const text = `${downloadName(download)} ${download.url}`.toLowerCase();
  return query
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}
