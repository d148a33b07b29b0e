import type { DownloadErrorCode, DownloadStatus } from '@hermes/contracts';
import type { DownloadPatch } from '@hermes/event-log';
import type { DownloadContext, Outcome, TrySignals } from './download-try.ts';
import { DownloadFailure } from './engines/download-failure.ts';
import { AttemptDirectory, DirectoryLostError } from './files/attempt-directory.ts';
import { readKeptStatus } from './files/kept-status.ts';
import { AttemptLostError, type HeldAttempt } from './held-attempt.ts';

/** After these another try from the same bytes would come to the same end. */
const WORTHLESS_PARTIAL: readonly DownloadErrorCode[] = ['CHECKSUM_MISMATCH', 'SIZE_LIMIT_EXCEEDED'];

/** Nothing moves any more. */
export const AT_REST = { download_speed: null, eta: null } satisfies DownloadPatch;

/** A try that did not bring the file: what that means to the log and to the queue. */
export async function concludeTry(
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
    if (signals.interrupted.aborted || error instanceof DirectoryLostError) {
      await attempt.confirm(signals.stopping);
      if (signals.interrupted.aborted) return await giveBack(attempt, signals.stopping);
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
      // Paused and resumed, or cancelled and retried, before we noticed: it waits, and the job is ours to give back.
      if (status === 'queued' && held === attempt.number) return { kind: 'given_back' };
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

/**
 * The log has the last word: what it has as over leaves nothing behind, what another attempt holds is that one's, and
 * what was paused goes on from here later.
 */
export async function endQuietly(
  { commands, keys, downloadDir, logger }: DownloadContext,
  downloadId: string,
  status: DownloadStatus | null,
): Promise<Outcome> {
  // With Redis away it is the janitor who finds out.
  const kept = status ?? (await readKeptStatus(commands, keys, downloadId).catch(() => null));
  logger.info({ download_id: downloadId, status: kept }, 'Download is not ours to go on with');
  if (kept === 'cancelled' || kept === 'completed' || kept === 'removed') {
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
