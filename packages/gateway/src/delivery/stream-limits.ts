import type { EndReason } from './held-stream.ts';

/** What a stream may cost and how long it may last. */
export interface StreamLimits {
  heartbeatMs: number;
  /** Bytes that may wait for a slow reader. */
  maxBuffer: number;
  /** How long a reader may take nothing while data wait. */
  slowTimeoutMs: number;
  maxAgeMs: number;
}

/** When one stream has to end by itself. */
export class StreamDeadlines {
  /** Milliseconds of `performance.now()`. */
  readonly #endsAt: number;
  readonly #slowTimeoutMs: number;

  constructor(limits: StreamLimits) {
    // Up to a tenth earlier, so that those who came together do not leave together.
    this.#endsAt = performance.now() + limits.maxAgeMs * (0.9 + Math.random() / 10);
    this.#slowTimeoutMs = limits.slowTimeoutMs;
  }

  /** @param blockedForMs how long the reader has taken nothing. */
  passed(now: number, blockedForMs: number): EndReason | null {
    if (blockedForMs > this.#slowTimeoutMs) return 'slow';
    return now > this.#endsAt ? 'max_age' : null;
  }
}

const LOOK_AGAIN_AT_MOST_MS = 5000;

/**
 * In how many milliseconds to look again at a stream that is not behind: when its heartbeat is due, and soon enough that
 * one which stops reading right now is found out in time. Each look counts where there are thousands of streams.
 */
export function lookAgainIn({ heartbeatMs, slowTimeoutMs }: StreamLimits, idleForMs: number): number {
  return Math.min(LOOK_AGAIN_AT_MOST_MS, slowTimeoutMs / 4, heartbeatMs - idleForMs);
}

/**
 * About when a client comes back whose stream was ended, in milliseconds: somebody else may serve it at once, and whoever
 * ends many spreads them over time.
 */
export const COME_BACK_MS = 500;

/** From half to one and a half times the value: a thousand clients do not come back in the same moment. */
export function jittered(milliseconds: number): number {
  return milliseconds * (0.5 + Math.random());
}
