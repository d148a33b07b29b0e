import type { DownloadProgress, EventData } from '@hermes/contracts';

/** What every event of the benchmark carries: its number, from 1 without a gap, and when it was published. */
export interface Measured {
  n: number;
  /** Microseconds of the clock in `clock.ts`. */
  sentAt: number;
}

/** Makes a frame about 290 bytes long: what a change of progress or status weighs. */
const PADDING = 'x'.repeat(160);

/** A fact. Every one is equally long, so that bytes can be counted instead of events. */
export function measuredFact({ n, sentAt }: Measured): EventData<'system_notification'> {
  const message = `${String(n).padStart(9, '0')} ${String(sentAt).padStart(16, '0')} ${PADDING}`;
  return { level: 'info', code: 'BENCH', message };
}

/** A state: the numbers stand in fields whose values nobody looks at. The others jump, so that nothing compresses too well. */
export function measuredProgress(downloadId: string, { n, sentAt }: Measured): DownloadProgress {
  return {
    download_id: downloadId,
    status: 'downloading',
    progress: ((sentAt * 7919) % 10_000) / 100,
    downloaded_bytes: sentAt,
    total_bytes: 9_000_000_000_000_000,
    download_speed: 5_000_000 + ((sentAt * 7717) % 5_000_000),
    eta: n,
  };
}

/** @returns null for an event that is not the benchmark's. */
export function readMeasured(event: string, data: string): Measured | null {
  if (event === 'system_notification') {
    const { code, message } = JSON.parse(data) as EventData<'system_notification'>;
    if (code !== 'BENCH') return null;
    const [n, sentAt] = message.split(' ', 2);
    return { n: Number(n), sentAt: Number(sentAt) };
  }
  if (event === 'download_progress') {
    const { downloaded_bytes, eta } = JSON.parse(data) as DownloadProgress;
    return { n: eta ?? 0, sentAt: downloaded_bytes };
  }
  return null;
}

/** Names of downloads, equally long. */
export function downloadName(index: number): string {
  return `bench-${String(index).padStart(5, '0')}`;
}
