import type { DownloadJob, DownloadProgress } from '@hermes/contracts';
import type { AttemptDirectory } from '../files/attempt-directory.ts';
import type { Pace } from '../limits/speed-limits.ts';

export interface EngineProgress {
  /** Bytes that are on disk. Goes back only if the engine had to start again from zero. */
  downloadedBytes: number;
  /** null: the source does not say. */
  totalBytes: number | null;
  /** 0–1, where the engine knows better than the bytes do: while the total is but an estimate, or work is left after them. */
  fraction?: number | null;
  stage?: DownloadProgress['stage'];
}

export interface EngineRun {
  job: DownloadJob;
  /** Sent with every request that stays within the origin asked for. Secrets may be among them: never log or keep them. */
  headers: Readonly<Record<string, string>>;
  /** Where the partial file lives; what an earlier attempt left there is resumed if that is safe. */
  directory: AttemptDirectory;
  /** Ends the run at once; what is on disk stays for the next attempt. */
  signal: AbortSignal;
  onProgress(progress: EngineProgress): void;
  /** To be awaited before bytes go to disk; rejects once the attempt is known to be lost. */
  beforeWrite(): Promise<void>;
  /** To be asked for bytes that have come before more are read: so the source is held to the speed limits. */
  pace: Pace;
}

/** What an engine leaves behind: the whole file under `directory.partPath(name)`. */
export interface EngineResult {
  /** Sanitised; what the file should be called if that name is free. */
  name: string;
  size: number;
  sha256: string;
  contentType: string | null;
}

/** A way to get bytes. One engine serves many downloads at a time. */
export interface Engine {
  /**
   * @throws {DownloadFailure} when this try came to nothing.
   * @throws the reason of the signal when that was aborted.
   */
  run(run: EngineRun): Promise<EngineResult>;
  close(): Promise<void>;
}
