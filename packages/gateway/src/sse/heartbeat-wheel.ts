/** Something that is looked at when it may be due. */
export interface Beating {
  /** @returns milliseconds until it may be due again. */
  beat(now: number): number;
}

const SLOTS = 64;

/**
 * One timer for all connections. Each stands in the slot of the second in which it may be due, and is looked at only
 * then: the cost of a second is that of the connections due in it.
 */
export class HeartbeatWheel {
  readonly #slots: Set<Beating>[] = Array.from({ length: SLOTS }, () => new Set());
  readonly #slotOf = new Map<Beating, number>();
  readonly #timer: NodeJS.Timeout;
  readonly #tickMs: number;
  #current = 0;

  /** @param tickMs how long a slot lasts; 1 s outside tests. */
  constructor(tickMs = 1000) {
    this.#tickMs = tickMs;
    this.#timer = setInterval(() => this.#tick(), tickMs);
    this.#timer.unref();
  }

  add(beating: Beating, dueInMs: number): void {
    const ticks = Math.min(SLOTS - 1, Math.max(1, Math.ceil(dueInMs / this.#tickMs)));
    const slot = (this.#current + ticks) % SLOTS;
    this.#slots[slot]?.add(beating);
    this.#slotOf.set(beating, slot);
  }

  remove(beating: Beating): void {
    const slot = this.#slotOf.get(beating);
    if (slot !== undefined) this.#slots[slot]?.delete(beating);
    this.#slotOf.delete(beating);
  }

  get size(): number {
    return this.#slotOf.size;
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #tick(): void {
    this.#current = (this.#current + 1) % SLOTS;
    const due = this.#slots[this.#current] ?? new Set();
    this.#slots[this.#current] = new Set();
    const now = performance.now();
    for (const beating of due) {
      const next = beating.beat(now);
      // It may have left while it was looked at.
      if (this.#slotOf.get(beating) === this.#current) this.add(beating, next);
    }
  }
}
