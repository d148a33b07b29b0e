/** What a lock says to whoever asked for it. */
export interface LockListener {
  granted(): void;
  /** It was taken away, or could not be had. */
  lost(): void;
}

/** One tab's hold on the lock of those who share a stream. */
export interface LeaderLock {
  /** Queues for it, unless that is done or it is held. */
  request(): void;
  /** Takes it from whoever has it. */
  steal(): void;
  /** Lets go of it, or leaves the queue. */
  release(): void;
}

/** By the Web Locks of the browser, which gives it to the next in the queue when a tab closes or crashes. */
export class WebLeaderLock implements LeaderLock {
  readonly #locks: LockManager;
  readonly #name: string;
  readonly #listener: LockListener;
  /** Ends the request under way, or the hold. */
  #end: (() => void) | null = null;

  constructor(locks: LockManager, name: string, listener: LockListener) {
    this.#locks = locks;
    this.#name = name;
    this.#listener = listener;
  }

  request(): void {
    if (this.#end === null) this.#ask((signal) => ({ signal }));
  }

  steal(): void {
    this.release();
    this.#ask(() => ({ steal: true }));
  }

  release(): void {
    this.#end?.();
    this.#end = null;
  }

  #ask(options: (signal: AbortSignal) => LockOptions): void {
    const aborted = new AbortController();
    const { promise: held, resolve: letGo } = Promise.withResolvers<void>();
    const end = () => {
      letGo();
      // Once it is granted this is without effect.
      aborted.abort();
    };
    this.#end = end;
    const hold = async () => {
      // A tab that was frozen may be told of a grant and of its loss together: then only the loss counts.
      await new Promise((resolve) => setTimeout(resolve, 0));
      if (this.#end !== end) return;
      this.#listener.granted();
      await held;
    };
    this.#locks.request(this.#name, options(aborted.signal), hold).catch(() => {
      if (this.#end !== end) return;
      this.#end = null;
      this.#listener.lost();
    });
  }
}

/** Of a tab that is by itself: it leads whenever it wants to. */
export class OwnLock implements LeaderLock {
  readonly #listener: LockListener;
  #isWanted = false;

  constructor(listener: LockListener) {
    this.#listener = listener;
  }

  request(): void {
    if (this.#isWanted) return;
    this.#isWanted = true;
    queueMicrotask(() => {
      if (this.#isWanted) this.#listener.granted();
    });
  }

  steal(): void {
    this.request();
  }

  release(): void {
    this.#isWanted = false;
  }
}
