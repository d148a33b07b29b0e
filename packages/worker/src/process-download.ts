import { type Download, type DownloadJob, type EngineName, isFinalStatus } from '@hermes/contracts';
import { readDownload } from '@hermes/event-log';
import { AT_REST, concludeTry, endQuietly } from './conclude-try.ts';
import type { DownloadContext, Outcome, TryNumbers, TrySignals } from './download-try.ts';
import { DownloadFailure } from './engines/download-failure.ts';
import type { EngineResult } from './engines/engine.ts';
import { AttemptDirectory } from './files/attempt-directory.ts';
import { chooseFileName } from './files/file-name.ts';
import { findPlaced } from './files/place-file.ts';
import { finishDownload } from './finish-download.ts';
import { HeldAttempt, untilTold } from './held-attempt.ts';
import { ProgressCoalescer } from './progress/coalesce-progress.ts';
import { readHeaders } from './read-headers.ts';

/** A worker that is killed now and then says nothing about the download; one that dies of it every time does. */
const MAX_CRASHES = 100;

const INSTALL: Readonly<Partial<Record<EngineName, string>>> = {
  'yt-dlp': 'yt-dlp is not installed on the worker: install yt-dlp and ffmpeg, and start the worker again.',
};

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
  | { held: true; attempt: HeldAttempt; known: Download; engine: EngineName; startedAt: string }
  | { held: false; outcome: Outcome };

async function begin(context: DownloadContext, job: DownloadJob, stopping: AbortSignal): Promise<Begun> {
  const { commands, keys, publisher, frozenAfterMs, logger } = context;
  const downloadId = job.download_id;
  const known = await untilTold(() => readDownload(commands, keys, downloadId), stopping, logger);
  if (known === null || isFinalStatus(known.status)) {
    return { held: false, outcome: await endQuietly(context, downloadId, known?.status ?? null) };
  }
  // Once chosen, it stays: another would not know what to make of the partial file.
  const engine = job.engine ?? known.engine ?? (await context.chooseEngine(job.url));
  const startedAt = known.started_at ?? new Date().toISOString();
  const patch = {
    ...AT_REST,
    error: null,
    engine,
    filename: known.filename ?? chooseFileName({ given: job.filename, contentDisposition: null, url: job.url }),
    started_at: startedAt,
  };
  const claimed = await untilTold(() => publisher.claimAttempt(downloadId, patch), stopping, logger);
  if (!claimed.accepted) return { held: false, outcome: await endQuietly(context, downloadId, claimed.status) };
  const attempt = new HeldAttempt({ publisher, downloadId, attempt: claimed.attempt, frozenAfterMs, logger });
  return { held: true, attempt, known, engine, startedAt };
}

async function work(
  context: DownloadContext,
  job: DownloadJob,
  { attempt, known, engine, startedAt }: Extract<Begun, { held: true }>,
  numbers: TryNumbers,
  signals: TrySignals,
): Promise<Outcome> {
  const downloadId = job.download_id;
  const log = context.logger.child({ download_id: downloadId, attempt: attempt.number });
  log.info('Download begins');
  try {
    if (numbers.crashes > MAX_CRASHES) throw new DownloadFailure('WORKER_LOST');
    const signal = AbortSignal.any([attempt.lost, signals.interrupted, signals.stopping]);
    const directory = await AttemptDirectory.claim(context.downloadDir, downloadId, attempt.number);
    const file = await fetchFile(context, job, { known, attempt, engine }, directory, signal);
    await finishDownload({ job, attempt, directory, file, startedAt, signal: signals.stopping });
    log.info({ size: file.size }, 'Download completed');
    return { kind: 'completed' };
  } catch (error) {
    return await concludeTry(context, downloadId, attempt, error, numbers.isLast, signals);
  } finally {
    attempt.close();
  }
}

/** The whole file: one that an attempt before had finished, or what the engine brings. */
async function fetchFile(
  context: DownloadContext,
  job: DownloadJob,
  { known, attempt, engine: name }: Pick<Extract<Begun, { held: true }>, 'known' | 'attempt' | 'engine'>,
  directory: AttemptDirectory,
  signal: AbortSignal,
): Promise<EngineResult> {
  const state = await directory.readState();
  const placed = state === null ? null : await findPlaced(directory, state);
  if (state !== null && placed !== null) {
    return { name: state.name, size: placed.size, sha256: placed.sha256, contentType: state.content_type };
  }
  const engine = context.engines[name];
  if (engine === undefined) throw new DownloadFailure('ENGINE_UNAVAILABLE', INSTALL[name]);
  const progress = new ProgressCoalescer({
    intervalMs: context.progressIntervalMs,
    start: { downloadedBytes: known.downloaded_bytes, totalBytes: known.total_bytes },
    publish: (measured) => attempt.tellProgress(measured),
  });
  let counted = Number.POSITIVE_INFINITY;
  try {
    return await engine.run({
      job,
      headers: await readHeaders(context, job, signal),
      directory,
      signal,
      onProgress: (newest) => {
        // The first one says what an earlier try has brought; one that goes back, that it begins from zero.
        context.metrics.bytes += Math.max(0, newest.downloadedBytes - counted);
        counted = newest.downloadedBytes;
        progress.update(newest);
      },
      beforeWrite: () => attempt.beforeWrite(signal),
      pace: context.speedLimits.paceOf(signal),
    });
  } finally {
    // What is told next is a change of status, and progress of the status before must not come after it.
    await progress.stop();
  }
}
