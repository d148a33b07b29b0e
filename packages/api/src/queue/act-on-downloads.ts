import type { ControlMessage, DownloadStatus } from '@hermes/contracts';
import { isActiveStatus, isFinalStatus, RETRY_WINDOW_MS } from '@hermes/contracts';
import type { Verdict } from '@hermes/event-log';
import { ProblemError } from '@hermes/runtime';
import type { DownloadsTable } from '../database/schema.ts';
import type { Service } from '../service.ts';
import { discardPartials } from './discard-partials.ts';
import { type DownloadAction, finalProblem, refusalOf, tellAction } from './download-actions.ts';
import { enqueueDownloads } from './enqueue-downloads.ts';
import { removeJobs } from './remove-jobs.ts';
import { restoreDownload } from './restore-download.ts';

/** What became of one download. */
export type ActionResult =
  | { download_id: string; status: DownloadStatus; error: null }
  | { download_id: string; status: null; error: ProblemError };

/** What goes to Redis in one piece: few enough that everyone else gets a turn in between. */
const CHUNK = 500;

/**
 * One action on many downloads, each by itself; doing it twice is as good as once. The log is told first: what does not
 * get further than that is mended by whoever looks next (a worker at its next report, the reconciliation).
 * @returns in the order of `ids`.
 * @throws an ioredis error if Redis goes away in between: then it may be asked for again.
 */
export async function actOnDownloads(
  service: Service,
  action: DownloadAction,
  ids: readonly string[],
): Promise<ActionResult[]> {
  const results: ActionResult[] = [];
  for (let at = 0; at < ids.length; at += CHUNK) {
    results.push(...(await actOnChunk(service, action, ids.slice(at, at + CHUNK))));
  }
  return results;
}

interface Told {
  id: string;
  verdict: Verdict;
}

async function actOnChunk(service: Service, action: DownloadAction, ids: readonly string[]): Promise<ActionResult[]> {
  // Deleted when it ended; there again before anyone can take it.
  if (action === 'retry') await service.queue.handOverSecrets(ids);
  // Sent all at once, they are one round trip.
  const told = await Promise.all(
    ids.map(async (id): Promise<Told> => ({ id, verdict: await tellAction(service.publisher, action, id, null) })),
  );
  const forgotten = told.filter(({ verdict }) => !verdict.accepted && verdict.reason === 'unknown');
  const results = new Map<string, ActionResult>();
  if (forgotten.length > 0) {
    const rows = await service.downloads.findMany(forgotten.map(({ id }) => id));
    for (const one of forgotten) {
      const outcome = await actOnForgotten(service, action, one.id, rows.get(one.id));
      if ('accepted' in outcome) one.verdict = outcome;
      else results.set(one.id, outcome);
    }
  }
  const decided = told.filter(({ id }) => !results.has(id));
  await follow(service, action, decided);
  for (const { id, verdict } of decided) results.set(id, resultOf(action, id, verdict));
  return ids.map((id) => results.get(id) ?? notFound(id));
}

/** What Redis does not know, the database may. */
async function actOnForgotten(
  service: Service,
  action: DownloadAction,
  id: string,
  row: DownloadsTable | undefined,
): Promise<Verdict | ActionResult> {
  if (row === undefined) return notFound(id);
  const { status } = row;
  if (isFinalStatus(status) && action !== 'retry' && action !== 'delete') {
    if (action === 'cancel' && status === 'cancelled') return { download_id: id, status, error: null };
    return { download_id: id, status: null, error: finalProblem(status) };
  }
  // Redis has lost it and the reconciliation has not come to it yet.
  if (!isFinalStatus(status)) await restoreDownload(service.publisher, row);
  return tellAction(service.publisher, action, id, row);
}

function notFound(id: string): ActionResult {
  return { download_id: id, status: null, error: new ProblemError('DOWNLOAD_NOT_FOUND') };
}

function resultOf(action: DownloadAction, id: string, verdict: Verdict): ActionResult {
  const refusal = refusalOf(action, verdict);
  if (refusal !== null) return { download_id: id, status: null, error: refusal };
  return { download_id: id, status: statusAfter(action, verdict), error: null };
}

function statusAfter(action: DownloadAction, verdict: Verdict): DownloadStatus {
  // What was under way already stays as it is.
  if (!verdict.accepted) return verdict.status ?? 'queued';
  const after = { cancel: 'cancelled', pause: 'paused', resume: 'queued', retry: 'queued' } as const;
  return action === 'delete' ? (verdict.previous ?? 'cancelled') : after[action];
}

/** What an action means to the workers, to their queue and to the disk. */
async function follow(service: Service, action: DownloadAction, decided: readonly Told[]): Promise<void> {
  const accepted = decided.flatMap(({ id, verdict }) => (verdict.accepted ? [{ id, previous: verdict.previous }] : []));
  if (accepted.length === 0) return;
  const ids = accepted.map(({ id }) => id);
  if (action === 'resume' || action === 'retry') {
    await enqueueDownloads(service, ids);
    const waited = accepted.filter(({ previous }) => previous === 'queued').map(({ id }) => id);
    return service.queue.promote(waited);
  }
  const held = accepted.filter(({ previous }) => previous !== null && isActiveStatus(previous));
  const leaving = action === 'delete' ? accepted.filter(({ previous }) => previous !== 'completed') : [];
  await noteRemoved(
    service,
    leaving.map(({ id }) => id),
  );
  // What was removed may have left a partial file with a worker that shares no disk with this process.
  const told = new Set([...held, ...leaving].map(({ id }) => id));
  await Promise.all([...told].map((id) => interrupt(service, action === 'pause' ? 'pause' : 'cancel', id)));
  await removeJobs(service, ids).catch((error: unknown) => {
    // A worker that gets the job all the same is refused by the log.
    service.logger.warn({ err: error }, 'jobs of downloads that were stopped could not be removed');
  });
  // So that whoever asks for the list next does not find it there any more.
  if (action === 'delete') await service.foldLog();
  // What a worker holds, it clears up itself: it may be writing at this moment.
  if (action !== 'pause') {
    await discardPartials(
      service,
      accepted.filter((one) => !held.includes(one)).map(({ id }) => id),
    );
  }
}

/** So that the workers can tell what was removed from what Redis has lost: that may yet go on. */
async function noteRemoved({ redis, keys }: Service, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  const now = Date.now();
  await redis
    .multi()
    .zremrangebyscore(keys.removed, '-inf', now - RETRY_WINDOW_MS)
    .zadd(keys.removed, ...ids.flatMap((id) => [now, id]))
    .exec();
}

async function interrupt({ redis, keys }: Service, type: 'cancel' | 'pause', id: string): Promise<void> {
  const message: ControlMessage = { type, download_id: id };
  await redis.publish(keys.control, JSON.stringify(message));
}
