/** An update that comes later than this is a jump, not a movement. */
const LONGEST_GLIDE_MS = 2200;

/** A shorter step, in percent, is a pixel or two: nobody sees it glide, and each glide costs the page two frames more. */
const SHORTEST_GLIDE = 1;

/** A shorter step, in percent, is a fraction of a pixel: it waits for its turn, or for the next ones to take it along. */
const SHORTEST_STEP = 0.5;

/** So that an even pace is the same text each time, and the style sheet need not be asked anew. */
const GLIDE_GRAIN_MS = 50;

/**
 * Moves the fill of one bar. It glides to each new value over the time that the last one took to come, so that the bar
 * moves evenly whether events come twice a second or a poll every two; a step too short to be seen gliding is taken
 * at once, and one too short to be seen at all waits for more. It trails by one update and so never shows what has not
 * happened.
 */
export class BarMotion {
  #fill: HTMLElement | null = null;
  #shown: number | null = null;
  #updatedAt = 0;
  #glide = 0;

  /**
   * @param progress 0–100; null: unknown, and the style sheet lets the bar sweep
   * @param isTurn what is too short to be seen is shown as well: others are
   */
  move(fill: HTMLElement, progress: number | null, isTurn: boolean): void {
    const before = fill === this.#fill ? this.#shown : null;
    if (fill !== this.#fill) this.#glide = 0;
    this.#fill = fill;
    const now = performance.now();
    const sinceUpdate = now - this.#updatedAt;
    this.#updatedAt = now;
    if (progress === null) {
      this.#shown = null;
      return;
    }
    if (progress === before) return;
    if (before !== null && !isTurn && Math.abs(progress - before) < SHORTEST_STEP) return;
    this.#shown = progress;
    // A first value is where it begins, and a try that starts again is no movement either.
    const glides = before !== null && progress - before >= SHORTEST_GLIDE;
    const duration = glides ? Math.min(sinceUpdate, LONGEST_GLIDE_MS) : 0;
    this.#glideFor(fill, Math.round(duration / GLIDE_GRAIN_MS) * GLIDE_GRAIN_MS);
    fill.style.transform = `translateX(${progress - 100}%)`;
  }

  /** A fill that may glide at any time costs the page more whenever it is moved, so only one that does is told to. */
  #glideFor(fill: HTMLElement, duration: number): void {
    if (duration === this.#glide) return;
    this.#glide = duration;
    fill.toggleAttribute('data-glides', duration > 0);
    if (duration > 0) fill.style.setProperty('--glide', `${duration}ms`);
  }
}
