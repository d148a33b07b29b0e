/** Without a frame for so long, what waits is handed on all the same: a hidden page has none. Milliseconds. */
const MAX_WAIT_MS = 250;
const FRAME_MS = 16;

/**
 * Hands on what comes in batches, at most one for each frame that the page paints; what comes after a pause is handed on
 * at once.
 */
export class FrameBatch<Item> {
  readonly #hand: (items: readonly Item[]) => void;
  #waiting: Item[] = [];
  #frame: number | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #handedAt = Number.NEGATIVE_INFINITY;

  constructor(hand: (items: readonly Item[]) => void) {
    this.#hand = hand;
  }

  add = (item: Item): void => {
    this.#waiting.push(item);
    if (this.#timer !== undefined) return;
    if (performance.now() - this.#handedAt >= FRAME_MS) {
      // What comes with it in the same turn is not made to wait for it, nor is the page for each by itself.
      this.#timer = setTimeout(this.flush, 0);
      return;
    }
    this.#timer = setTimeout(this.flush, MAX_WAIT_MS);
    if (typeof requestAnimationFrame === 'function') this.#frame = requestAnimationFrame(this.flush);
  };

  /** Hands on what waits. */
  flush = (): void => {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#frame !== undefined) cancelAnimationFrame(this.#frame);
    this.#frame = undefined;
    if (this.#waiting.length === 0) return;
    this.#handedAt = performance.now();
    const items = this.#waiting;
    this.#waiting = [];
    this.#hand(items);
  };
}
