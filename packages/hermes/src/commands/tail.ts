import type { Download, DownloadProgress } from '@hermes/contracts';
import { loadConfig } from '@hermes/runtime';
import { formatBytes, formatDuration } from '../format.ts';
import { CommandError, findServer, readStream, type StreamedEvent } from '../server-client.ts';

export interface TailOptions {
  url?: string;
  key?: string;
  channels?: string;
  download?: string;
  since?: string;
  count?: number;
  json?: boolean;
}

const MAX_WAIT_MS = 10_000;

/** Prints the event stream, one line an event, and comes back by itself where it left off. */
export async function tail(options: TailOptions): Promise<void> {
  const access = await findServer(loadConfig(), options);
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort());
  process.once('SIGTERM', () => stop.abort());
  const path = streamPath(options);
  let cursor = options.since;
  let left = options.count ?? Number.POSITIVE_INFINITY;
  let failures = 0;
  while (!stop.signal.aborted && left > 0) {
    try {
      await readStream(access, path, cursor, stop.signal, (event) => {
        if (left <= 0) return;
        failures = 0;
        cursor = event.id ?? cursor;
        process.stdout.write(`${options.json ? JSON.stringify(event) : formatEvent(event)}\n`);
        left -= 1;
        if (left <= 0) stop.abort();
      });
    } catch (error) {
      if (stop.signal.aborted) return;
      // The first call tells whether it can work at all; after that the stream is worth waiting for.
      if (error instanceof CommandError && cursor === undefined) throw error;
    }
    if (stop.signal.aborted) return;
    failures += 1;
    const wait = Math.min(MAX_WAIT_MS, 250 * 2 ** failures) * (0.5 + Math.random());
    process.stderr.write(`The stream ended; trying again in ${(wait / 1000).toFixed(1)} s\n`);
    await new Promise<void>((done) => {
      const timer = setTimeout(done, wait);
      stop.signal.addEventListener('abort', () => {
        clearTimeout(timer);
        done();
      });
    });
  }
}

function streamPath(options: TailOptions): string {
  if (options.download !== undefined) return `/events/downloads/${encodeURIComponent(options.download)}`;
  return options.channels === undefined
    ? '/events/stream'
    : `/events/stream?channels=${encodeURIComponent(options.channels)}`;
}

/** `09:41:07  download_progress    3f2a9c1b   42.0 %  12.3 MB of 29.3 MB  3.1 MB/s  5s left` */
export function formatEvent({ event, data }: StreamedEvent, now = new Date()): string {
  const time = now.toTimeString().slice(0, 8);
  return `${time}  ${event.padEnd(20)} ${describe(event, data)}`.trimEnd();
}

function describe(event: string, data: Record<string, unknown>): string {
  const id = String(data.download_id ?? '').slice(0, 8);
  switch (event) {
    case 'download_progress': {
      const { progress, downloaded_bytes, total_bytes, download_speed, eta } = data as unknown as DownloadProgress;
      return [
        id,
        progress === null ? '     ? %' : `${progress.toFixed(1).padStart(6)} %`,
        total_bytes === null
          ? formatBytes(downloaded_bytes)
          : `${formatBytes(downloaded_bytes)} of ${formatBytes(total_bytes)}`,
        download_speed === null ? '' : `${formatBytes(download_speed)}/s`,
        eta === null ? '' : `${formatDuration(eta)} left`,
      ]
        .filter(Boolean)
        .join('  ');
    }
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
    default:
      return JSON.stringify(data);
  }
}
