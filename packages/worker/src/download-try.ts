import type { EngineName, Keyspace } from '@hermes/contracts';
import type { Publisher } from '@hermes/event-log';
import type { Logger, SecretBox } from '@hermes/runtime';
import type { Redis } from 'ioredis';
import type { DownloadFailure } from './engines/download-failure.ts';
import type { Engines } from './engines/start-engines.ts';
import type { SpeedLimits } from './limits/speed-limits.ts';
import type { WorkerMetrics } from './metrics.ts';

export interface DownloadContext {
  publisher: Publisher;
  /** For reading; role `commands`. */
  commands: Redis;
  keys: Keyspace;
  secretBox: SecretBox;
  engines: Engines;
  /** For a download that leaves it open. */
  chooseEngine(url: string): Promise<EngineName>;
  speedLimits: SpeedLimits;
  downloadDir: string;
  progressIntervalMs: number;
  /** See `HeldAttempt`. */
  frozenAfterMs: number;
  logger: Logger;
  metrics: WorkerMetrics;
}

export interface TrySignals {
  /** Someone says that the download was cancelled or paused; the log knows whether that is so. */
  interrupted: AbortSignal;
  /** The worker stops: leave everything so that another one can go on. */
  stopping: AbortSignal;
  /** Even stopping takes too long. */
  givenUp: AbortSignal;
}

/** How a try ended. All that had to be told to the log has been told. */
export type Outcome =
  | { kind: 'completed' }
  /** Ended elsewhere: cancelled, paused, taken over, unknown. */
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
