import type { LogEvent } from '@hermes/event-log';

const SAMPLE_EVERY_MS = 1000;
// Quotes within JSON texts are escaped, so this is found only where it is a property.
const UPDATED_AT = /"updated_at":"([^"]+)"/;

/**
 * How long events take through this process, and on their whole way. It is looked at once a turn of the event loop, not
 * once a client, and does without what it would have to put into every event to know more.
 */
export class DispatchClock {
  readonly #onDispatched: (seconds: number) => void;
  readonly #onPublished: (seconds: number) => void;
  /** When the oldest event that is not yet written was taken, as `performance.now()`. */
  #takenAt: number | null = null;
  /** When the sampled event was published, by the clock of whoever published it, in milliseconds since 1970. */
  #publishedAt: number | null = null;
  #sampleAt = 0;

  /**
   * @param onDispatched from when Redis brought the oldest event of a turn to when the last client's socket had it.
   * @param onPublished from when a change of status was made to then; one event a second at most.
   */
  constructor(onDispatched: (seconds: number) => void, onPublished: (seconds: number) => void) {
    this.#onDispatched = onDispatched;
    this.#onPublished = onPublished;
  }

  /** Events that somebody wants. @param at when they came, as `performance.now()`. */
  taken(events: readonly LogEvent[], at: number): void {
    this.#takenAt ??= at;
    if (at < this.#sampleAt) return;
    for (const { event, previousStatus, data } of events) {
      // A download that is put back after Redis was lost begins with the time at which it was last changed.
      if (event !== 'download_status' || previousStatus === null) continue;
      const publishedAt = Date.parse(UPDATED_AT.exec(data)?.[1] ?? '');
      if (Number.isNaN(publishedAt)) continue;
      this.#publishedAt = publishedAt;
      this.#sampleAt = at + SAMPLE_EVERY_MS;
      return;
    }
  }

  /** Everything that was taken has been written to whoever takes it. */
  flushed(): void {
    if (this.#takenAt === null) return;
    this.#onDispatched((performance.now() - this.#takenAt) / 1000);
    this.#takenAt = null;
    if (this.#publishedAt === null) return;
    // The two clocks may be of two machines.
    this.#onPublished(Math.max(0, Date.now() - this.#publishedAt) / 1000);
    this.#publishedAt = null;
  }
}
