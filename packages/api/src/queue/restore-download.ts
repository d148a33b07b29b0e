import type { Publisher } from '@hermes/event-log';
import { fromRow } from '../database/download-rows.ts';
import type { DownloadsTable } from '../database/schema.ts';

/**
 * Makes a download that Redis has lost once more, as queued. It keeps its attempt, so that a worker which still holds
 * an attempt from before is refused as soon as the next one begins.
 */
export async function restoreDownload(publisher: Publisher, row: DownloadsTable): Promise<void> {
  const { seq: _, status: _status, ...download } = fromRow(row);
  await publisher.createDownload({ ...download, download_speed: null, eta: null });
}
