import { DOWNLOAD_STATUSES, type Download, type ListDownloadsResponse } from '@hermes/contracts';
import { loadConfig } from '@hermes/runtime';
import { listDownloads } from '../downloads/download-calls.ts';
import { nameOf } from '../downloads/watch-screen.ts';
import { formatBytes, formatDuration, printable } from '../format.ts';
import { findServer } from '../server-client.ts';

export interface ListOptions {
  url?: string;
  key?: string;
  json?: boolean;
  status?: string;
  all?: boolean;
  limit: number;
}

/** Lists downloads, with their ids. */
export async function list(options: ListOptions): Promise<void> {
  const access = await findServer(loadConfig(), options);
  const status = options.all ? DOWNLOAD_STATUSES.join(',') : options.status;
  const answer = await listDownloads(access, status, options.limit);
  process.stdout.write(options.json ? `${JSON.stringify(answer)}\n` : formatList(answer));
}

function formatList({ items, counts, total }: ListDownloadsResponse): string {
  const lines = items.map(formatDownload);
  if (total > items.length) lines.push(`… and ${total - items.length} more (--limit)`);
  const present = DOWNLOAD_STATUSES.filter((status) => counts[status] > 0);
  lines.push(present.length === 0 ? 'Nothing yet.' : present.map((status) => `${counts[status]} ${status}`).join(', '));
  return `${lines.join('\n')}\n`;
}

function formatDownload(download: Download): string {
  const { download_id, status, progress, downloaded_bytes, total_bytes, download_speed, eta, error } = download;
  const parts = [download_id, status.padEnd(11), progress === null ? '   ?' : `${Math.floor(progress)} %`.padStart(5)];
  parts.push(
    (total_bytes === null
      ? formatBytes(downloaded_bytes)
      : `${formatBytes(downloaded_bytes)} of ${formatBytes(total_bytes)}`
    ).padEnd(19),
  );
  if (status === 'downloading' && download_speed !== null) parts.push(`${formatBytes(download_speed)}/s`);
  if (status === 'downloading' && eta !== null) parts.push(`${formatDuration(eta)} left`);
  parts.push(nameOf(download));
  if (error !== null) parts.push(`${error.code}: ${error.message}`);
  return printable(parts.join('  '));
}
