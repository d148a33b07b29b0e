import type { EventStream } from '@hermes/client';

/** Long enough for one page to give way to the next. */
const CLOSING_GRACE_MS = 1_000;

/** The one stream of a provider: open while somebody uses it. */
export class SharedStream {
  readonly #stream: EventStream;
  #users = 0;
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
      if (this.#users === 0) this.#closeAfter(CLOSING_GRACE_MS);
    };
  }

  /** For when the provider goes: nobody will come any more, unless this is StrictMode, which mounts again at once. */
  release(): void {
    if (this.#users === 0) this.#closeAfter(0);
  }

  #closeAfter(ms: number): void {
    clearTimeout(this.#closing);
    this.#closing = setTimeout(() => this.#stream.close(), ms);
  }

  /** Tries at once, if anybody uses it. */
  reconnect = (): void => {
    if (this.#users > 0) this.#stream.reconnect();
  };
}
