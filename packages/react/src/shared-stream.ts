import { type Demand, type TabStream, unionOf } from '@hermes/client';

/** Long enough for one page to give way to the next. */
const CLOSING_GRACE_MS = 1_000;

/** The one stream of a provider: open while somebody uses it, and carrying what they want. */
export class SharedStream {
  readonly #stream: TabStream;
  readonly #demands = new Map<symbol, Demand>();
  #graceMs = CLOSING_GRACE_MS;
  #closing: ReturnType<typeof setTimeout> | undefined;
  #isChanged = false;

  constructor(stream: TabStream) {
    this.#stream = stream;
  }

  /** Opens the stream for the first user; answers how to let go of it. Later users do not stir a refused stream. */
  retain(demand: Demand): () => void {
    const user = Symbol();
    this.#demands.set(user, demand);
    clearTimeout(this.#closing);
    this.#settleSoon();
    return () => {
      if (!this.#demands.delete(user)) return;
      if (this.#demands.size === 0) this.#closeSoon();
      else this.#settleSoon();
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
      if (this.#demands.size === 0) this.#closeSoon();
    };
  }

  /** Tries at once, if anybody uses it. */
  reconnect = (): void => {
    if (this.#demands.size > 0) this.#stream.reconnect();
  };

  /**
   * What is mounted together is asked for together, by the first request already; and a hook that wants something else lets
   * go first, which the stream and other tabs need not be told.
   */
  #settleSoon(): void {
    if (this.#isChanged) return;
    this.#isChanged = true;
    queueMicrotask(() => {
      this.#isChanged = false;
      if (this.#demands.size === 0) return;
      this.#stream.want(unionOf(this.#demands.values()));
      this.#stream.open();
    });
  }

  #closeSoon(): void {
    clearTimeout(this.#closing);
    this.#closing = setTimeout(() => this.#stream.close(), this.#graceMs);
  }
}
