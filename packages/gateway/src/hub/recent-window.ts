import type { EventName } from '@hermes/contracts';
import type { Frame } from './frame.ts';

/** How much of the past is kept in memory. */
export interface WindowLimits {
  frames: number;
  bytes: number;
}

export const DEFAULT_WINDOW: WindowLimits = { frames: 20_000, bytes: 16 * 1024 * 1024 };

/** A place in the window; its frame is gone once a newer state has taken over. */
interface Entry {
  readonly seq: number;
  frame: Frame | null;
}

/**
 * The newest part of the log in memory, so that a client that comes back soon is served without asking Redis. Holds
 * every fact and the newest of every state after `start`.
 */
export class RecentWindow {
  readonly #limits: WindowLimits;
  /** In the order of their sequence numbers, so that a client's place is found by halving, not by walking. */
  #entries: Entry[] = [];
  /** Before it everything has been evicted. */
  #head = 0;
  /** Of each state the newest, by event and key. */
  readonly #states = new Map<EventName, Map<string | null, Entry>>();
  #start: number;
  #size = 0;
  #bytes = 0;

  /** @param start everything after this sequence number will be pushed. */
  constructor(start: number, limits: WindowLimits) {
    this.#start = start;
    this.#limits = limits;
  }

  /** The window can serve whoever knows everything up to here, or further. */
  get start(): number {
    return this.#start;
  }

  get size(): number {
    return this.#size;
  }

  push(frame: Frame): void {
    const entry: Entry = { seq: frame.seq, frame };
    if (frame.isState) {
      const states = this.#statesOf(frame.event);
      const older = states.get(frame.key);
      if (older !== undefined) this.#drop(older);
      states.set(frame.key, entry);
    }
    this.#entries.push(entry);
    this.#size += 1;
    this.#bytes += frame.size;
    while (this.#size > this.#limits.frames || this.#bytes > this.#limits.bytes) this.#evict();
    // Gaps are closed when there are more of them than frames, which costs each push a constant on average.
    if (this.#entries.length > 2 * this.#size + 64) this.#close();
  }

  /** The first `limit` frames after `seq`. */
  after(seq: number, limit = Number.POSITIVE_INFINITY): Frame[] {
    const frames: Frame[] = [];
    for (let i = this.#indexAfter(seq); i < this.#entries.length && frames.length < limit; i++) {
      const frame = this.#entries[i]?.frame;
      if (frame) frames.push(frame);
    }
    return frames;
  }

  #indexAfter(seq: number): number {
    let low = this.#head;
    let high = this.#entries.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#entries[middle] as Entry).seq <= seq) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #statesOf(event: EventName): Map<string | null, Entry> {
    let states = this.#states.get(event);
    if (states === undefined) {
      states = new Map();
      this.#states.set(event, states);
    }
    return states;
  }

  #evict(): void {
    const oldest = this.#entries[this.#head] as Entry;
    this.#head += 1;
    if (oldest.frame === null) return;
    this.#start = oldest.seq;
    const { isState, event, key } = oldest.frame;
    if (isState) this.#statesOf(event).delete(key);
    this.#drop(oldest);
  }

  #drop(entry: Entry): void {
    this.#size -= 1;
    this.#bytes -= entry.frame?.size ?? 0;
    entry.frame = null;
  }

  #close(): void {
    this.#entries = this.#entries.filter((entry) => entry.frame !== null);
    this.#head = 0;
  }
}
