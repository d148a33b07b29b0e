import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { DownloadJob } from '@hermes/contracts';
import { DownloadFailure } from './engines/download-failure.ts';
import type { EngineResult } from './engines/engine.ts';
import { type AttemptDirectory, DirectoryLostError } from './files/attempt-directory.ts';
import { findPlaced, placeFile } from './files/place-file.ts';
import { AttemptLostError, type HeldAttempt } from './held-attempt.ts';

interface Finish {
  job: DownloadJob;
  attempt: Pick<HeldAttempt, 'tell'>;
  directory: AttemptDirectory;
  file: EngineResult;
  startedAt: string;
  /** Ends the waiting for a Redis that is away. */
  signal: AbortSignal;
}

/**
 * From the whole part file to the completed download. The log is asked before anything is placed: only the attempt that
 * holds the download gives it a name.
 */
export async function finishDownload({ job, attempt, directory, file, startedAt, signal }: Finish): Promise<void> {
  if (job.checksum !== undefined && job.checksum !== `sha256:${file.sha256}`) {
    throw new DownloadFailure('CHECKSUM_MISMATCH');
  }
  const whole = {
    progress: 100,
    downloaded_bytes: file.size,
    total_bytes: file.size,
    download_speed: null,
    eta: null,
    filename: file.name,
  };
  await attempt.tell('processing', whole, signal);
  const path = await place(directory, file);
  const completedAt = new Date();
  try {
    await attempt.tell(
      'completed',
      {
        ...whole,
        filename: path,
        error: null,
        completed_at: completedAt.toISOString(),
        result: {
          path,
          size: file.size,
          sha256: file.sha256,
          content_type: file.contentType,
          duration_ms: Math.max(0, completedAt.getTime() - Date.parse(startedAt)),
        },
      },
      signal,
    );
  } catch (error) {
    // Cancelled at the last moment: nobody has been told of the file.
    if (error instanceof AttemptLostError && error.refusal.status === 'cancelled') {
      await rm(join(directory.downloadDir, path), { force: true });
    }
    throw error;
  }
  // Should it fail, it fails to tidy up: the download is completed all the same. What tells of the file stays until the
  // janitor comes: a log that loses this very fact has the download begun again, and the next attempt must know the file.
  await directory.discardBytes().catch(() => {});
}

/** @returns the path relative to the download directory. */
async function place(directory: AttemptDirectory, { size, sha256 }: EngineResult): Promise<string> {
  const state = await directory.readState();
  if (state === null) throw new DirectoryLostError('the state of the partial file is gone');
  const placed = await findPlaced(directory, state);
  return placed?.name ?? (await placeFile(directory, state, { size, sha256 }));
}
