import type { ServerResponse } from 'node:http';

/**
 * Writes to one client and knows whether it takes what it is given. `isBlocked` says that the client is behind: what is
 * written then would pile up in memory, so the caller keeps it where newer states can replace older ones.
 */
export class StreamWriter {
  readonly #response: ServerResponse;
  #blockedSince: number | null = null;
  bytes = 0;
  /** Milliseconds of `performance.now()`. */
  lastWrite = performance.now();

  constructor(response: ServerResponse, onDrain: () => void) {
    this.#response = response;
    response.on('drain', () => {
      this.#blockedSince = null;
      onDrain();
    });
  }

  /** The head of the response is out: from here on there is a stream to write to. */
  get hasBegun(): boolean {
    return this.#response.headersSent;
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

  end(): void {
    this.#response.end();
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
