import type { ServerResponse } from 'node:http';

const ABORT_AFTER_MS = 5000;

/**
 * Writes to one client and knows whether it takes what it is given. `isBlocked` says that the client is behind: what is
 * written then would pile up in memory, so the caller keeps it where newer states can replace older ones.
 */
export class StreamWriter {
  readonly #response: ServerResponse;
  #blockedSince: number | null = null;
  #waiting: (() => void)[] = [];
  bytes = 0;
  /** Milliseconds of `performance.now()`. */
  lastWrite = performance.now();

  constructor(response: ServerResponse, onDrain: () => void) {
    this.#response = response;
    response.on('drain', () => {
      this.#blockedSince = null;
      this.release();
      onDrain();
    });
  }

  get isBlocked(): boolean {
    return this.#blockedSince !== null;
  }

  /** How long the client has taken nothing although data wait, in milliseconds; 0 if it is not behind. */
  blockedFor(now: number): number {
    return this.#blockedSince === null ? 0 : now - this.#blockedSince;
  }

  write(bytes: Buffer): void {
    this.bytes += bytes.length;
    this.lastWrite = performance.now();
    if (!this.#response.write(bytes)) this.#blockedSince ??= this.lastWrite;
  }

  /** Resolves when the client is not behind, or with `release`. */
  untilDrained(): Promise<void> {
    if (!this.isBlocked) return Promise.resolve();
    return new Promise((done) => this.#waiting.push(done));
  }

  /** Lets go whoever waits: there is nothing to wait for any more. */
  release(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const done of waiting) done();
  }

  /** Ends the stream once the client has taken what was written; one that does not is given up on. */
  end(): void {
    this.#response.end();
    const timer = setTimeout(() => this.abort(), ABORT_AFTER_MS);
    timer.unref();
    this.#response.once('close', () => clearTimeout(timer));
  }

  /** Gives up on a client that takes nothing: a reset also frees what the kernel holds for it. */
  abort(): void {
    const { socket } = this.#response;
    try {
      socket?.resetAndDestroy();
    } catch {
      // Only TCP can be reset: TLS and Unix sockets are just destroyed.
    }
    this.#response.destroy();
  }
}
