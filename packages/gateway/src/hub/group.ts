import { TICK_ARRIVAL_MS, untilTick } from '@hermes/contracts';
import { type Chunk, toChunk } from '../sse/chunk.ts';
import { ConflatingFrames } from './conflating-frames.ts';
import type { Frame } from './frame.ts';
import type { Subscription } from './subscription.ts';

/** What one turn of the event loop brings to every member of a group: the frames, and their bytes in one piece. */
export interface Batch {
  readonly frames: readonly Frame[];
  readonly chunk: Chunk;
  /** Of `performance.now()`: the clock is read once for all members. */
  readonly at: number;
}

export interface Member {
  deliver(batch: Batch): void;
}

/**
 * Connections that want exactly the same. What they get is put together once and shared.
 *
 * With an interval, states wait until the next tick of the clock has brought what workers tell at it, and the newest of each
 * is sent; a fact does not wait, and sends the waiting states ahead of it.
 */
export class Group {
  readonly subscription: Subscription;
  readonly members = new Set<Member>();
  readonly #waiting = new ConflatingFrames();
  #ready: Frame[] = [];
  #timer: NodeJS.Timeout | null = null;
  readonly #onReady: (group: Group) => void;

  /** @param onReady called when there is something to flush, once until it is flushed. */
  constructor(subscription: Subscription, onReady: (group: Group) => void) {
    this.subscription = subscription;
    this.#onReady = onReady;
  }

  /** Nothing that the hub has taken for this group is still to be sent. */
  get isSettled(): boolean {
    return this.#waiting.size === 0 && this.#ready.length === 0;
  }

  add(frame: Frame): void {
    const { intervalMs } = this.subscription;
    if (intervalMs > 0 && frame.isState) {
      this.#waiting.push(frame);
      // Ticks of one rate fall together over all groups, so that a process wakes once for all of them.
      this.#timer ??= setTimeout(() => this.#settle(), untilDue(intervalMs));
      return;
    }
    this.#settle();
    this.#makeReady(frame);
  }

  flush(): void {
    if (this.#ready.length === 0) return;
    const frames = this.#ready;
    this.#ready = [];
    // A frame that goes out alone is framed already.
    const chunk = frames.length === 1 ? (frames[0] as Frame) : toChunk(frames.map((frame) => frame.bytes));
    const batch = { frames, chunk, at: performance.now() };
    for (const member of this.members) member.deliver(batch);
  }

  /** Forgets what was not flushed. */
  clear(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#waiting.clear();
    this.#ready = [];
  }

  #settle(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#waiting.size === 0) return;
    for (const frame of this.#waiting.drain()) this.#makeReady(frame);
  }

  #makeReady(frame: Frame): void {
    this.#ready.push(frame);
    if (this.#ready.length === 1) this.#onReady(this);
  }
}

/** At the very moment of a tick a timer would come too early as often as not: then until the next one. */
function untilDue(intervalMs: number): number {
  return untilTick(intervalMs, Date.now() - TICK_ARRIVAL_MS) || intervalMs;
}
