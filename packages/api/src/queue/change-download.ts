import { type ChangeDownloadRequest, type Download, isFinalStatus, priorityOfRank, queueRank } from '@hermes/contracts';
import { moveDownload, readDownload, type Verdict } from '@hermes/event-log';
import { ProblemError } from '@hermes/runtime';
import type { Service } from '../service.ts';
import { finalProblem } from './download-actions.ts';
import { restoreDownload } from './restore-download.ts';

/**
 * Gives a download another priority (it goes behind all that have it), another place among those that wait, or both.
 * Where its priority does not lead to that place it gets the nearest that does.
 * @throws {ProblemError} DOWNLOAD_NOT_FOUND, DOWNLOAD_FINAL, STATUS_CONFLICT.
 */
export async function changeDownload(
  service: Service,
  id: string,
  { priority, position }: ChangeDownloadRequest,
): Promise<Download> {
  const { redis, keys, publisher, queue } = service;
  const download = await findOpen(service, id);
  if (position !== undefined && download.status !== 'queued') throw notWaiting(download.status);
  if (priority !== undefined && priority !== download.priority) {
    heed(await publisher.changePriority(id, priority, true));
    await queue.changeRanks([id], queueRank(priority));
  }
  if (position !== undefined) {
    const move = await moveDownload(redis, keys, id, position);
    if (!move.moved) throw notWaiting(move.status);
    heed(await publisher.changePriority(id, priorityOfRank(move.rank), false));
    await queue.changeRanks(move.ids, move.rank);
  }
  return (await readDownload(redis, keys, id)) ?? download;
}

async function findOpen(service: Service, id: string): Promise<Download> {
  const { redis, keys } = service;
  const known = await readDownload(redis, keys, id);
  if (known !== null) {
    if (isFinalStatus(known.status)) throw finalProblem(known.status);
    return known;
  }
  const row = await service.downloads.find(id);
  if (row === null) throw new ProblemError('DOWNLOAD_NOT_FOUND');
  if (isFinalStatus(row.status)) throw finalProblem(row.status);
  // Redis has lost it and the reconciliation has not come to it yet.
  await restoreDownload(service.publisher, row);
  const restored = await readDownload(redis, keys, id);
  if (restored === null) throw new ProblemError('DOWNLOAD_NOT_FOUND');
  return restored;
}

function heed(verdict: Verdict): void {
  if (verdict.accepted) return;
  throw verdict.status === null ? new ProblemError('DOWNLOAD_NOT_FOUND') : finalProblem(verdict.status);
}

function notWaiting(status: Download['status'] | null): ProblemError {
  if (status === null) return new ProblemError('DOWNLOAD_NOT_FOUND');
  if (isFinalStatus(status)) return finalProblem(status);
  return new ProblemError('STATUS_CONFLICT', {
    detail: `Only what waits has a place in the queue; this one is ${status}`,
  });
}
