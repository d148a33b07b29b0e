import type { HeldStream } from '../delivery/held-stream.ts';

/** Also the wall clock, by which credentials expire, may be set meanwhile. */
const LONGEST_WAIT_MS = 1000;
/** Those that expire at about the same time are looked at together. */
const SHORTEST_WAIT_MS = 50;

/** Ends streams in the moment their credential expires: one timer for all of them, set for the first. */
export class Expiries {
  /** When each ends, in milliseconds of the wall clock, since that is what the credential means. */
  readonly #expiring = new Map<HeldStream, number>();
  #timer: NodeJS.Timeout | undefined;
  /** When the timer is due, by `performance.now()`. */
  #dueAt = Number.POSITIVE_INFINITY;
  #isClosed = false;

  /** Until it is closed. */
  watch(stream: HeldStream): void {
    const expiresAt = stream.origin.credential?.expires_at ?? null;
    if (expiresAt === null) return;
    // A time that cannot be read counts as past.
    this.#expiring.set(stream, Date.parse(expiresAt) || 0);
    void stream.closed.then(() => this.#expiring.delete(stream));
    this.#wakeAt(Date.parse(expiresAt) || 0);
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
  }

  #wakeAt(time: number): void {
    const wait = Math.max(SHORTEST_WAIT_MS, Math.min(LONGEST_WAIT_MS, time - Date.now()));
    const dueAt = performance.now() + wait;
    if (this.#isClosed || dueAt >= this.#dueAt) return;
    clearTimeout(this.#timer);
    this.#dueAt = dueAt;
    this.#timer = setTimeout(() => this.#look(), wait);
    this.#timer.unref();
  }

  #look(): void {
    this.#dueAt = Number.POSITIVE_INFINITY;
    const now = Date.now();
    let next = Number.POSITIVE_INFINITY;
    for (const [stream, time] of this.#expiring) {
      if (time <= now) {
        this.#expiring.delete(stream);
        stream.end('expired');
      } else {
        next = Math.min(next, time);
      }
    }
    if (this.#expiring.size > 0) this.#wakeAt(next);
  }
}
