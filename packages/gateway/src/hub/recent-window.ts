import { ConflatingFrames } from './conflating-frames.ts';
import type { Frame } from './frame.ts';

const MAX_FRAMES = 20_000;
const MAX_BYTES = 16 * 1024 * 1024;

/**
 * The newest part of the log in memory, so that a client that comes back soon is served without asking Redis. Holds
 * every fact and the newest of every state after `start`.
 */
export class RecentWindow {
  readonly #frames = new ConflatingFrames();
  #start: number;

  /** @param start everything after this sequence number will be pushed. */
  constructor(start: number) {
    this.#start = start;
  }

  /** The window can serve whoever knows everything up to here, or further. */
  get start(): number {
    return this.#start;
  }

  push(frame: Frame): void {
    this.#frames.push(frame);
    while (this.#frames.size > MAX_FRAMES || this.#frames.bytes > MAX_BYTES) {
      this.#start = this.#frames.shift()?.seq ?? this.#start;
    }
  }

  after(seq: number): Frame[] {
    const frames: Frame[] = [];
    for (const frame of this.#frames) if (frame.seq > seq) frames.push(frame);
    return frames;
  }
}
