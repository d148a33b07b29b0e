/** Few, large writes: one of 512 KiB costs hardly more than one of 16. */
const BATCH_BYTES = 512 * 1024;
/** A slow source must not make the bar jump. */
const BATCH_MS = 100;

/**
 * Gathers what comes into batches. While one is on its way to disk the next is filled, and that is all the memory there
 * is: when both are full whoever brings more has to wait.
 */
export class BatchWriter {
  readonly #write: (bytes: Buffer) => Promise<void>;
  readonly #onFailure: (error: unknown) => void;
  readonly #timer: NodeJS.Timeout;
  #batch: Buffer | null = null;
  #spare: Buffer | null = null;
  #filled = 0;
  #writtenAt = performance.now();
  #writing: Promise<void> | null = null;
  #failure: { error: unknown } | null = null;

  /**
   * @param write is called for one batch after the other, which is its own until it has resolved.
   * @param onFailure is called once with what the first write that failed has thrown.
   */
  constructor(write: (bytes: Buffer) => Promise<void>, onFailure: (error: unknown) => void) {
    this.#write = write;
    this.#onFailure = onFailure;
    // A source that pauses must not leave what has come lying here: the bar would stand still at less than there is.
    this.#timer = setInterval(() => {
      if (this.#filled > 0) this.#begin();
    }, BATCH_MS);
  }

  /** Takes the bytes if there is room for them; they may be used otherwise as soon as it returns. */
  tryAdd(bytes: Buffer): boolean {
    if (this.#filled + bytes.length > BATCH_BYTES && !this.#begin()) return false;
    if (bytes.length > BATCH_BYTES) return false;
    this.#batch ??= Buffer.allocUnsafeSlow(BATCH_BYTES);
    bytes.copy(this.#batch, this.#filled);
    this.#filled += bytes.length;
    if (performance.now() - this.#writtenAt >= BATCH_MS) this.#begin();
    return true;
  }

  /** Takes the bytes, however many, as soon as there is room for them. @throws what a write has thrown. */
  async add(bytes: Buffer): Promise<void> {
    for (let at = 0; at < bytes.length; at += BATCH_BYTES) {
      const piece = bytes.subarray(at, at + BATCH_BYTES);
      while (!this.tryAdd(piece)) {
        this.#throwIfFailed();
        await this.#writing;
      }
    }
  }

  /** Resolves when everything is written. @throws what a write has thrown. */
  async flush(): Promise<void> {
    while (this.#writing !== null || (this.#filled > 0 && this.#failure === null)) {
      this.#begin();
      await this.#writing;
    }
    this.#throwIfFailed();
  }

  /** What is not written yet is let go; resolves when nothing is under way any more. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#filled = 0;
    await this.#writing;
  }

  /** Hands on the batch. @returns false if the one before is still under way. */
  #begin(): boolean {
    const batch = this.#batch;
    if (this.#writing !== null || this.#failure !== null) return false;
    if (batch === null || this.#filled === 0) return true;
    const bytes = batch.subarray(0, this.#filled);
    [this.#batch, this.#spare, this.#filled] = [this.#spare, null, 0];
    this.#writing = this.#write(bytes)
      .then(
        () => {
          this.#spare = batch;
        },
        (error: unknown) => {
          this.#failure = { error };
          this.#onFailure(error);
        },
      )
      .finally(() => {
        this.#writtenAt = performance.now();
        this.#writing = null;
      });
    return true;
  }

  #throwIfFailed(): void {
    if (this.#failure !== null) throw this.#failure.error;
  }
}
