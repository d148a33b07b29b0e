import {
  type Download,
  type DownloadErrorCode,
  type DownloadJob,
  type DownloadStatus,
  isFinalStatus,
  type Keyspace,
} from '@hermes/contracts';
import { type DownloadPatch, type Publisher, readDownload } from '@hermes/event-log';
import type { Logger } from '@hermes/runtime';
import type { Redis } from 'ioredis';
import { DownloadFailure } from './engines/download-failure.ts';
import type { Engine, EngineResult } from './engines/engine.ts';
import { AttemptDirectory, DirectoryLostError } from './files/attempt-directory.ts';
import { chooseFileName } from './files/file-name.ts';
import { findPlaced } from './files/place-file.ts';
import { finishDownload } from './finish-download.ts';
import { AttemptLostError, HeldAttempt, untilTold } from './held-attempt.ts';
import { ProgressCoalescer } from './progress/coalesce-progress.ts';

export interface DownloadContext {
  publisher: Publisher;
  /** For reading; role `commands`. */
  commands: Redis;
  keys: Keyspace;
  engines: Partial<Record<DownloadJob['engine'], Engine>>;
  downloadDir: string;
  progressIntervalMs: number;
  /** See `HeldAttempt`. */
  frozenAfterMs: number;
  logger: Logger;
}

export interface TrySignals {
  /** Someone says that the download was cancelled; the log knows whether that is so. */
  cancelled: AbortSignal;
  /** The worker stops: leave everything so that another one can go on. */
  stopping: AbortSignal;
  /** Even stopping takes too long. */
  givenUp: AbortSignal;
}

/** How a try ended. All that had to be told to the log has been told. */
export type Outcome =
  | { kind: 'completed' }
  /** Ended elsewhere: cancelled, taken over, unknown. */
  | { kind: 'lost' }
  /** The worker stops; the job should go back to the queue. */
  | { kind: 'given_back' }
  | { kind: 'retry'; failure: DownloadFailure }
  | { kind: 'failed'; failure: DownloadFailure };

/** How the queue sees this try. */
export interface TryNumbers {
  /** If it fails, it is not tried again. */
  isLast: boolean;
  /** How often a worker was lost while it had this download. */
  crashes: number;
}

/** A worker that is killed now and then says nothing about the download; one that dies of it every time does. */
const MAX_CRASHES = 100;

/** After these another try from the same bytes would come to the same end. */
const WORTHLESS_PARTIAL: readonly DownloadErrorCode[] = ['CHECKSUM_MISMATCH', 'SIZE_LIMIT_EXCEEDED'];

/** Nothing moves any more. */
const AT_REST = { download_speed: null, eta: null } satisfies DownloadPatch;

/** One try at one download: claims the next attempt, runs the engine, tells the log how it went. */
export async function processDownload(
  context: DownloadContext,
  job: DownloadJob,
  numbers: TryNumbers,
  signals: TrySignals,
): Promise<Outcome> {
  try {
    const begun = await begin(context, job, signals.stopping);
    return begun.held ? await work(context, job, begun, numbers, signals) : begun.outcome;
  } catch (error) {
    // The log could not be told in time; what there is stays for the next one.
    if (signals.stopping.aborted) return { kind: 'given_back' };
    throw error;
  }
}

type Begun =
  | { held: true; attempt: HeldAttempt; known: Download; startedAt: string }
  | { held: false; outcome: Outcome };

async function begin(context: DownloadContext, job: DownloadJob, stopping: AbortSignal): Promise<Begun> {
  const { commands, keys, publisher, frozenAfterMs, logger } = context;
  const downloadId = job.download_id;
  const known = await untilTold(() => readDownload(commands, keys, downloadId), stopping, logger);
  if (known === null || isFinalStatus(known.status)) {
    return { held: false, outcome: await endQuietly(context, downloadId, known?.status ?? null) };
  }
  const startedAt = known.started_at ?? new Date().toISOString();
  const patch = {
    ...AT_REST,
    error: null,
    engine: job.engine,
    filename: known.filename ?? chooseFileName({ given: job.filename, contentDisposition: null, url: job.url }),
    started_at: startedAt,
  };
  const claimed = await untilTold(() => publisher.claimAttempt(downloadId, patch), stopping, logger);
  if (!claimed.accepted) return { held: false, outcome: await endQuietly(context, downloadId, claimed.status) };
  const attempt = new HeldAttempt({ publisher, downloadId, attempt: claimed.attempt, frozenAfterMs, logger });
  return { held: true, attempt, known, startedAt };
}

async function work(
  context: DownloadContext,
  job: DownloadJob,
  { attempt, known, startedAt }: Extract<Begun, { held: true }>,
  numbers: TryNumbers,
  signals: TrySignals,
): Promise<Outcome> {
  const downloadId = job.download_id;
  const log = context.logger.child({ download_id: downloadId, attempt: attempt.number });
  log.info('Download begins');
  try {
    if (numbers.crashes > MAX_CRASHES) throw new DownloadFailure('WORKER_LOST');
    const signal = AbortSignal.any([attempt.lost, signals.cancelled, signals.stopping]);
    const directory = await AttemptDirectory.claim(context.downloadDir, downloadId, attempt.number);
    const file = await fetchFile(context, job, known, attempt, directory, signal);
    await finishDownload({ job, attempt, directory, file, startedAt, signal: signals.stopping });
    log.info({ size: file.size }, 'Download completed');
    return { kind: 'completed' };
  } catch (error) {
    return await conclude(context, downloadId, attempt, error, numbers.isLast, signals);
  } finally {
    attempt.close();
  }
}

/** The whole file: one that an attempt before had finished, or what the engine brings. */
async function fetchFile(
  context: DownloadContext,
  job: DownloadJob,
  known: Download,
  attempt: HeldAttempt,
  directory: AttemptDirectory,
  signal: AbortSignal,
): Promise<EngineResult> {
  const state = await directory.readState();
  const placed = state === null ? null : await findPlaced(directory, state);
  if (state !== null && placed !== null) {
    return { name: state.name, size: placed.size, sha256: placed.sha256, contentType: state.content_type };
  }
  const engine = context.engines[job.engine];
  if (engine === undefined) throw new DownloadFailure('INVALID_URL', `There is no engine ${job.engine} here.`);
  const progress = new ProgressCoalescer({
    intervalMs: context.progressIntervalMs,
    start: { downloadedBytes: known.downloaded_bytes, totalBytes: known.total_bytes },
    publish: (measured) => attempt.tellProgress(measured),
  });
  try {
    return await engine.run({
      job,
      directory,
      signal,
      onProgress: (newest) => progress.update(newest),
      beforeWrite: () => attempt.beforeWrite(signal),
    });
  } finally {
    // What is told next is a change of status, and progress of the status before must not come after it.
    await progress.stop();
  }
}

/** A try that did not bring the file: what that means to the log and to the queue. */
async function conclude(
  context: DownloadContext,
  downloadId: string,
  attempt: HeldAttempt,
  error: unknown,
  isLastTry: boolean,
  signals: TrySignals,
): Promise<Outcome> {
  const log = context.logger.child({ download_id: downloadId, attempt: attempt.number });
  try {
    attempt.lost.throwIfAborted();
    if (signals.stopping.aborted) return await giveBack(attempt, signals.givenUp);
    if (signals.cancelled.aborted || error instanceof DirectoryLostError) {
      await attempt.confirm(signals.stopping);
      if (signals.cancelled.aborted) return await giveBack(attempt, signals.stopping);
    }
    const failure = toFailure(error);
    log.warn({ code: failure.code, err: failure.cause ?? failure }, 'Download failed');
    const told = { ...AT_REST, error: { code: failure.code, message: failure.message } };
    if (failure.retryable && !isLastTry) {
      await attempt.tell('queued', told, signals.stopping);
      return { kind: 'retry', failure };
    }
    await attempt.tell('failed', { ...told, completed_at: new Date().toISOString() }, signals.stopping);
    await dropPartial(context, downloadId, attempt, failure);
    if (failure.code === 'DISK_FULL') await alertDiskFull(context);
    return { kind: 'failed', failure };
  } catch (later) {
    if (later instanceof AttemptLostError) {
      const { reason, status, attempt: held } = later.refusal;
      // Redis has lost our claim (rolled back): nobody holds the download, and the job is still ours to give back.
      if (reason === 'stale' && held < attempt.number) return { kind: 'given_back' };
      return endQuietly(context, downloadId, status);
    }
    throw later;
  }
}

/** What may still be of use stays. That the disk refuses is nothing to fail by: the log has been told. */
async function dropPartial(
  { downloadDir, logger }: DownloadContext,
  downloadId: string,
  attempt: HeldAttempt,
  { code }: DownloadFailure,
): Promise<void> {
  try {
    if (WORTHLESS_PARTIAL.includes(code)) await AttemptDirectory.discard(downloadDir, downloadId);
    else await AttemptDirectory.discardEmpty(downloadDir, downloadId, attempt.number);
  } catch (error) {
    logger.warn({ err: error, download_id: downloadId }, 'The partial file could not be removed');
  }
}

async function giveBack(attempt: HeldAttempt, signal: AbortSignal): Promise<Outcome> {
  await attempt.tell('queued', { ...AT_REST, error: null }, signal);
  return { kind: 'given_back' };
}

/** The log has the last word: what it has as over leaves nothing behind, what another attempt holds is that one's. */
async function endQuietly(
  { downloadDir, logger }: DownloadContext,
  downloadId: string,
  status: DownloadStatus | null,
): Promise<Outcome> {
  logger.info({ download_id: downloadId, status }, 'Download is not ours to go on with');
  if (status === 'cancelled' || status === 'completed') {
    await AttemptDirectory.discard(downloadDir, downloadId).catch((error: unknown) => {
      logger.warn({ err: error, download_id: downloadId }, 'The partial file could not be removed');
    });
  }
  return { kind: 'lost' };
}

async function alertDiskFull({ publisher, logger }: DownloadContext): Promise<void> {
  await publisher
    .publish('system_notification', {
      level: 'error',
      code: 'DISK_FULL',
      message: 'The disk of the download directory is full; partial files are kept.',
    })
    .catch((error: unknown) => logger.warn({ err: error }, 'The alert could not be sent'));
}

function toFailure(error: unknown): DownloadFailure {
  if (error instanceof DownloadFailure) return error;
  if (error instanceof DirectoryLostError) {
    return new DownloadFailure('WRITE_FAILED', 'The partial file was removed.', { cause: error });
  }
  return new DownloadFailure('INTERNAL', undefined, { cause: error });
}
