import type { Frame } from './frame.ts';

/**
 * Frames that wait, in the order of their sequence numbers: every fact, and the newest of every state. A newer state
 * takes the older one out and stands at the tail, so that whoever holds an id is owed nothing before it.
 */
export class ConflatingFrames {
  readonly #frames = new Map<string | number, Frame>();
  #bytes = 0;

  get size(): number {
    return this.#frames.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** @returns true if the frame took the place of an older state. */
  push(frame: Frame): boolean {
    const key = frame.stateKey ?? frame.seq;
    const older = this.#frames.get(key);
    if (older !== undefined) {
      this.#frames.delete(key);
      this.#bytes -= older.size;
    }
    this.#frames.set(key, frame);
    this.#bytes += frame.size;
    return older !== undefined;
  }

  /** Takes out the oldest frame. */
  shift(): Frame | undefined {
    const [entry] = this.#frames;
    if (entry === undefined) return undefined;
    this.#frames.delete(entry[0]);
    this.#bytes -= entry[1].size;
    return entry[1];
  }

  /** Takes out everything. */
  drain(): Frame[] {
    const frames = [...this.#frames.values()];
    this.clear();
    return frames;
  }

  clear(): void {
    this.#frames.clear();
    this.#bytes = 0;
  }

  [Symbol.iterator](): IterableIterator<Frame> {
    return this.#frames.values();
  }
}
