import { type LogEvent, stateKey } from '@hermes/client';
import { type Cursor, isFact, isFinalStatus } from '@hermes/contracts';

const MAX_FACTS = 2_000;

export interface Missed {
  /** In order. */
  events: LogEvent[];
  /** False: more may have happened than is held. */
  isWhole: boolean;
}

/**
 * What the stream brought lately: every fact, and the newest of each state. An answer that was read before an event, but
 * arrives after it, is brought up to date from here.
 */
export class EventRing {
  #epoch: string | null = null;
  /** What happened up to here is not held. */
  #floor = 0;
  #facts: LogEvent[] = [];
  readonly #states = new Map<string, LogEvent>();

  get epoch(): string | null {
    return this.#epoch;
  }

  /** Begins anew: nothing that happened up to `from` is known. */
  restart(from: Cursor): void {
    this.#epoch = from.epoch;
    this.#floor = from.seq;
    this.#facts = [];
    this.#states.clear();
  }

  clear(): void {
    this.restart({ epoch: '', seq: 0 });
    this.#epoch = null;
  }

  /** Of some topics nothing is held from before `position`. */
  knowNothingBefore({ epoch, seq }: Cursor): void {
    if (epoch === this.#epoch) this.#floor = Math.max(this.#floor, seq);
  }

  push(event: LogEvent): void {
    if (!isFact(event.event)) {
      this.#states.set(stateKey(event), event);
      return;
    }
    this.#facts.push(event);
    if (event.event === 'download_status' && isFinalStatus(event.data.status)) {
      this.#states.delete(`download_progress ${event.data.download_id}`);
    }
    if (this.#facts.length > MAX_FACTS * 2) {
      this.#facts = this.#facts.slice(-MAX_FACTS);
      this.#floor = Math.max(this.#floor, (this.#facts[0]?.seq ?? 1) - 1);
    }
  }

  /** What an answer that is true as of `cursor` lacks. */
  after(cursor: Cursor | null): Missed {
    // Before the stream has begun nothing is lacking: its snapshot is still to come.
    if (this.#epoch === null) return { events: [], isWhole: true };
    if (cursor === null || cursor.epoch !== this.#epoch) return { events: [], isWhole: false };
    const events = [...this.#facts, ...this.#states.values()]
      .filter((event) => event.seq > cursor.seq)
      .sort((a, b) => a.seq - b.seq);
    return { events, isWhole: cursor.seq >= this.#floor };
  }
}
