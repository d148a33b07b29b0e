import type { Credential } from '@hermes/contracts';

/** Long enough for a burst; a revocation is told by other means, and remembered for longer than this. */
const SHARE_MS = 1000;
const MAX_SHARED = 10_000;

/**
 * Asks once for a credential that many come with at the same time, as they do after a restart. Only what was found is
 * shared: a key that is made a moment later must be known at once.
 */
export class SharedLookup {
  readonly #find: (sha256: string) => Promise<Credential | null>;
  /** By when each was asked for, in that order. */
  readonly #shared = new Map<string, { answer: Promise<Credential | null>; at: number }>();

  constructor(find: (sha256: string) => Promise<Credential | null>) {
    this.#find = find;
  }

  find(sha256: string): Promise<Credential | null> {
    const now = performance.now();
    const shared = this.#shared.get(sha256);
    if (shared !== undefined && now - shared.at < SHARE_MS) return shared.answer;
    this.#forgetBefore(now - SHARE_MS);
    const answer = this.#find(sha256);
    const entry = { answer, at: now };
    this.#shared.delete(sha256);
    this.#shared.set(sha256, entry);
    const forget = () => {
      if (this.#shared.get(sha256) === entry) this.#shared.delete(sha256);
    };
    answer.then((found) => found ?? forget(), forget);
    return answer;
  }

  #forgetBefore(time: number): void {
    for (const [sha256, { at }] of this.#shared) {
      if (at > time && this.#shared.size <= MAX_SHARED) break;
      this.#shared.delete(sha256);
    }
  }
}
