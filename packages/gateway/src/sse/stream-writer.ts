import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { type Chunk, toChunk } from './chunk.ts';

const ABORT_AFTER_MS = 5000;

/**
 * Writes to one client and knows whether it takes what it is given. `isBlocked` says that the client is behind: what is
 * written then would pile up in memory, so the caller keeps it where newer states can replace older ones.
 */
export class StreamWriter {
  readonly #response: ServerResponse;
  /** Set once the head is out and the response is known to be chunked: from then on chunks go straight to it. */
  #socket: Socket | null = null;
  #blockedSince: number | null = null;
  #waiting: (() => void)[] = [];
  readonly #onDrain: () => void;
  bytes = 0;
  /** Milliseconds of `performance.now()`. */
  lastWrite = performance.now();

  constructor(response: ServerResponse, onDrain: () => void) {
    this.#response = response;
    this.#onDrain = () => {
      this.#blockedSince = null;
      this.release();
      onDrain();
    };
    response.on('drain', this.#onDrain);
    // The socket may serve another request of the same client after this one.
    response.once('close', () => this.#socket?.off('drain', this.#onDrain));
  }

  get isBlocked(): boolean {
    return this.#blockedSince !== null;
  }

  /** How long the client has taken nothing although data wait, in milliseconds; 0 if it is not behind. */
  blockedFor(now: number): number {
    return this.#blockedSince === null ? 0 : now - this.#blockedSince;
  }

  write(bytes: Buffer): void {
    this.writeChunk(this.#socket === null ? { bytes, framed: bytes } : toChunk([bytes]));
  }

  /**
   * Writes what may be shared with other clients. `response.write` would queue length, data and line end one by one for
   * each of them, which costs several times as much as the one write of a chunk that is framed already. It is only right
   * where the response is chunked: not in HTTP/1.0, not in HTTP/2.
   */
  writeChunk({ bytes, framed }: Chunk): void {
    this.bytes += bytes.length;
    this.lastWrite = performance.now();
    const isTaken = this.#socket === null ? this.#response.write(bytes) : this.#socket.write(framed);
    if (!isTaken) this.#blockedSince ??= this.lastWrite;
    if (this.#socket === null) this.#findSocket();
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

  /** The first write has put the head out, by way of the response. */
  #findSocket(): void {
    const { socket, chunkedEncoding, headersSent } = this.#response;
    if (socket === null || !chunkedEncoding || !headersSent || this.isBlocked) return;
    this.#socket = socket;
    socket.on('drain', this.#onDrain);
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
