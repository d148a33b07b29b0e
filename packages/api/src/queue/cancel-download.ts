import type { ControlMessage, Download } from '@hermes/contracts';
import { isFinalStatus } from '@hermes/contracts';
import { readDownload } from '@hermes/event-log';
import { ProblemError } from '@hermes/runtime';
import { fromRow } from '../database/download-rows.ts';
import type { Service } from '../service.ts';
import { restoreDownload } from './restore-download.ts';

/**
 * Cancels a download, whatever it is doing; cancelling twice is as good as once. The log is told first: a worker that
 * misses the broadcast is refused at its next report.
 * @throws {ProblemError} DOWNLOAD_NOT_FOUND, DOWNLOAD_FINAL.
 */
export async function cancelDownload(service: Service, id: string): Promise<Download> {
  const { redis, keys, publisher } = service;
  const cancel = () =>
    publisher.publishStatus(id, 'current', 'cancelled', {
      completed_at: new Date().toISOString(),
      download_speed: null,
      eta: null,
    });
  let verdict = await cancel();
  if (!verdict.accepted && verdict.reason === 'unknown') {
    const row = await service.downloads.find(id);
    if (row === null) throw new ProblemError('DOWNLOAD_NOT_FOUND');
    if (row.status === 'cancelled') return fromRow(row);
    if (isFinalStatus(row.status)) throw new ProblemError('DOWNLOAD_FINAL');
    // Redis has lost it and the reconciliation has not come to it yet.
    await restoreDownload(publisher, row);
    verdict = await cancel();
  }
  if (!verdict.accepted) {
    throw new ProblemError('DOWNLOAD_FINAL', { detail: `The download has already ended as ${verdict.status}` });
  }
  const message: ControlMessage = { type: 'cancel', download_id: id };
  await redis.publish(keys.control, JSON.stringify(message));
  // A worker that gets the job all the same is refused by the log; so this may fail.
  await service.queue.remove(id).catch((error: unknown) => {
    service.logger.warn({ err: error, download_id: id }, 'the job of a cancelled download could not be removed');
  });
  const download = await readDownload(redis, keys, id);
  if (download === null) throw new ProblemError('DOWNLOAD_NOT_FOUND');
  return download;
}
