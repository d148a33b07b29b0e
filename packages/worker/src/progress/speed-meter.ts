/** Long enough for a calm number, short enough to show a change within a few seconds. */
const TIME_CONSTANT_MS = 3000;
/** Shorter spans say more about buffers than about the network. */
const MIN_SPAN_MS = 40;

/** Bytes per second as an exponentially weighted moving average over time, however irregular the samples. */
export class SpeedMeter {
  #speed: number | null = null;
  #bytes: number;
  #at: number;

  constructor(bytes: number, now: number) {
    this.#bytes = bytes;
    this.#at = now;
  }

  /** @param bytes the total so far; fewer than before begins anew. @returns bytes/s, null while nothing is known. */
  sample(bytes: number, now: number): number | null {
    if (bytes < this.#bytes) {
      this.#speed = null;
      this.#bytes = bytes;
      this.#at = now;
      return null;
    }
    const span = now - this.#at;
    if (span < MIN_SPAN_MS) return this.#speed;
    const rate = ((bytes - this.#bytes) * 1000) / span;
    const weight = 1 - Math.exp(-span / TIME_CONSTANT_MS);
    this.#speed = this.#speed === null ? rate : this.#speed + weight * (rate - this.#speed);
    this.#bytes = bytes;
    this.#at = now;
    return this.#speed;
  }
}
