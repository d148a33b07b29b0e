/** Without a frame for so long, what waits is handed on all the same: a hidden page has none. Milliseconds. */
const MAX_WAIT_MS = 250;
/** Where there are no frames at all. */
const FRAME_MS = 16;

/**
 * Hands on what comes in batches, one for each frame that the page paints, and right before it does: a timer of its own
 * would be one task more, and the page would show it no sooner.
 */
export class FrameBatch<Item> {
  readonly #hand: (items: readonly Item[]) => void;
  #waiting: Item[] = [];
  #frame: number | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(hand: (items: readonly Item[]) => void) {
    this.#hand = hand;
  }

  add = (item: Item): void => {
    this.#waiting.push(item);
    if (this.#timer !== undefined) return;
    const hasFrames = typeof requestAnimationFrame === 'function';
    this.#timer = setTimeout(this.flush, hasFrames ? MAX_WAIT_MS : FRAME_MS);
    if (hasFrames) this.#frame = requestAnimationFrame(this.flush);
  };

  /** Hands on what waits. */
  flush = (): void => {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#frame !== undefined) cancelAnimationFrame(this.#frame);
    this.#frame = undefined;
    if (this.#waiting.length === 0) return;
    const items = this.#waiting;
    this.#waiting = [];
    this.#hand(items);
  };
}
