import type { Download, DownloadProgress } from '@hermes/contracts';
import { formatBytes, formatDuration, printable } from '../format.ts';
import type { StreamedEvent } from '../server-client.ts';

/** `09:41:07  download_progress    3f2a9c1b   42.0 %  12.3 MB of 29.3 MB  3.1 MB/s  5s left` */
export function formatEvent({ event, data }: StreamedEvent, now = new Date()): string {
  const time = now.toTimeString().slice(0, 8);
  return printable(`${time}  ${event.padEnd(20)} ${describe(event, data)}`.trimEnd());
}

function describe(event: string, data: Record<string, unknown>): string {
  const id = String(data.download_id ?? '').slice(0, 8);
  switch (event) {
    case 'download_progress':
      return `${id}  ${describeProgress(data as unknown as DownloadProgress)}`;
    case 'download_status': {
      const { status, filename, url, error } = data as unknown as Download;
      const before = data.previous_status === null ? '' : `${data.previous_status} → `;
      return `${id}  ${before}${status}  ${filename ?? url}${error === null ? '' : `  ${error.code}: ${error.message}`}`;
    }
    case 'queue_update':
      return `${id}  ${data.action}  ${data.status ?? ''}`;
    case 'system_notification':
      return `${data.level}  ${data.code}: ${data.message}`;
    case 'snapshot': {
      const { downloads, page } = data as { downloads: unknown[]; page: number };
      return `page ${page}: ${downloads.length} open`;
    }
    case 'connected':
      return `${data.connection_id}  ${data.recovered ? 'goes on from' : 'begins at'} ${data.cursor}`;
    case 'heartbeat':
      return '';
    default:
      return JSON.stringify(data);
  }
}

function describeProgress({ progress, downloaded_bytes, total_bytes, download_speed, eta }: DownloadProgress): string {
  const parts = [
    progress === null ? '     ? %' : `${progress.toFixed(1).padStart(6)} %`,
    total_bytes === null
      ? formatBytes(downloaded_bytes)
      : `${formatBytes(downloaded_bytes)} of ${formatBytes(total_bytes)}`,
  ];
  if (download_speed !== null) parts.push(`${formatBytes(download_speed)}/s`);
  if (eta !== null) parts.push(`${formatDuration(eta)} left`);
  return parts.join('  ');
}
