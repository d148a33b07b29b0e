/**
 * Calls `onSilence` once nothing has been heard for the time given. A connection can die without either end being told
 * (a NAT that forgot it, a laptop that slept); only silence shows that.
 */
export class Watchdog {
  readonly #onSilence: () => void;
  #limitMs = 0;
  #lastHeard = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(onSilence: () => void) {
    this.#onSilence = onSilence;
  }

  /** Begins, or goes on with another limit. Counts as having heard something. */
  watch(limitMs: number): void {
    this.stop();
    this.#limitMs = limitMs;
    this.#lastHeard = Date.now();
    this.#timer = setTimeout(this.#check, limitMs);
  }

  /** Cheap on purpose: called for every chunk, it moves no timer. */
  heard(): void {
    this.#lastHeard = Date.now();
  }

  /** Half of the limit has passed in silence. */
  isHalfway(): boolean {
    return Date.now() - this.#lastHeard >= this.#limitMs / 2;
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #check = (): void => {
    const quietMs = Date.now() - this.#lastHeard;
    if (quietMs < this.#limitMs) {
      this.#timer = setTimeout(this.#check, this.#limitMs - quietMs);
      return;
    }
    this.#timer = undefined;
    this.#onSilence();
  };
}
