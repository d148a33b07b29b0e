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

/** From half to one and a half times the value: a thousand clients do not come back in the same moment. */
export function jittered(milliseconds: number): number {
  return milliseconds * (0.5 + Math.random());
}
