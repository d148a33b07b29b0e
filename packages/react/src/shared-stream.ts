import type { EventStream } from '@hermes/client';

/** Long enough for one page to give way to the next. */
const CLOSING_GRACE_MS = 1_000;

/** The one stream of a provider: open while somebody uses it. */
export class SharedStream {
  readonly #stream: EventStream;
  #users = 0;
  #graceMs = CLOSING_GRACE_MS;
  #closing: ReturnType<typeof setTimeout> | undefined;

  constructor(stream: EventStream) {
    this.#stream = stream;
  }

  /** Opens the stream for the first user; answers how to let go of it. Later users do not stir a refused stream. */
  retain(): () => void {
    this.#users += 1;
    if (this.#users === 1) {
      clearTimeout(this.#closing);
      this.#stream.open();
    }
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      this.#users -= 1;
      if (this.#users === 0) this.#closeSoon();
    };
  }

  /**
   * For the provider, while it is mounted; answers how to let go. Once it has gone nobody comes any more, unless this is
   * StrictMode, which mounts again at once.
   */
  attach(): () => void {
    this.#graceMs = CLOSING_GRACE_MS;
    return () => {
      // React unmounts a provider before what is below it.
      this.#graceMs = 0;
      if (this.#users === 0) this.#closeSoon();
    };
  }

  /** Tries at once, if anybody uses it. */
  reconnect = (): void => {
    if (this.#users > 0) this.#stream.reconnect();
  };

  #closeSoon(): void {
    clearTimeout(this.#closing);
    this.#closing = setTimeout(() => this.#stream.close(), this.#graceMs);
  }
}
