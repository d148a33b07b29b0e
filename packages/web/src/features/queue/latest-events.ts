import type { Download } from '@hermes/contracts';
import { applyToDownload, type LogEvent } from '@hermes/react';

export type DownloadEvent = Extract<LogEvent, { event: 'download_progress' | 'download_status' }>;

/** Of so many downloads the last words are kept; the oldest go first. */
const MOST = 5000;

/**
 * The last that was said of each download: an answer may have been on its way when it was said, or come from a database
 * that had not heard of it yet.
 */
export class LatestEvents {
  readonly #events = new Map<string, { status: DownloadEvent | null; progress: DownloadEvent | null }>();

  note(event: DownloadEvent): void {
    const id = event.data.download_id;
    const before = this.#events.get(id);
    // Taken out and put back, so that the map's order is that of the last words.
    this.#events.delete(id);
    this.#events.set(
      id,
      event.event === 'download_status'
        ? { status: event, progress: null }
        : { status: before?.status ?? null, progress: event },
    );
    for (const oldest of this.#events.keys()) {
      if (this.#events.size <= MOST) break;
      this.#events.delete(oldest);
    }
  }

  bringUpToDate(row: Download): Download {
    const latest = this.#events.get(row.download_id);
    if (latest === undefined) return row;
    return [latest.status, latest.progress].reduce(
      (held, event) => (event === null ? held : applyToDownload(held, event)),
      row,
    );
  }

  clear(): void {
    this.#events.clear();
  }
}
