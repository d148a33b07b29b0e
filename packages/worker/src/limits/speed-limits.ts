import { TokenBucket } from './token-bucket.ts';

/** How many of so many bytes may go on now: at least one, at most all of them. */
export type Pace = (bytes: number) => number | Promise<number>;

interface SpeedLimitOptions {
  /** `HERMES_SPEED_LIMIT`, of all downloads of this worker together, bytes/s; null: none. */
  total: number | null;
  /** `HERMES_DOWNLOAD_SPEED_LIMIT`, of each, bytes/s; null: none. */
  each: number | null;
}

/** The speed limits of one worker. */
export class SpeedLimits {
  readonly #all: TokenBucket | null;
  readonly #each: number | null;

  constructor({ total, each }: SpeedLimitOptions) {
    this.#all = total === null ? null : new TokenBucket(total);
    this.#each = each;
  }

  /** For one download. @param signal ends the waiting; its reason is thrown. */
  paceOf(signal: AbortSignal): Pace {
    const all = this.#all;
    const own = this.#each === null ? null : new TokenBucket(this.#each);
    if (own === null) return all === null ? (bytes) => bytes : (bytes) => all.take(bytes, signal);
    if (all === null) return (bytes) => own.take(bytes, signal);
    return async (bytes) => {
      const allowed = await own.take(bytes, signal);
      const granted = await all.take(allowed, signal);
      own.giveBack(allowed - granted);
      return granted;
    };
  }
}
