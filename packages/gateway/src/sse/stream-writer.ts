import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { type Chunk, toChunk } from './chunk.ts';
import type { Compressor } from './content-coding.ts';

const ABORT_AFTER_MS = 5000;

/**
 * Writes to one client and knows whether it takes what it is given. `isBlocked` says that the client is behind: what is
 * written then would pile up in memory, so the caller keeps it where newer states can replace older ones.
 */
export class StreamWriter {
  readonly #response: ServerResponse;
  #compressor: Compressor | null = null;
  /** Set once the head is out and the response is known to be chunked: from then on chunks go straight to it. */
  #socket: Socket | null = null;
  #blockedSince: number | null = null;
  #waiting: (() => void)[] = [];
  readonly #onDrain: () => void;
  /** Of the body, as they went to the client: compressed, if they were. */
  bytes = 0;
  /** Milliseconds of `performance.now()`. */
  lastWrite = performance.now();

  constructor(response: ServerResponse, onDrain: () => void) {
    this.#response = response;
    this.#onDrain = () => {
      // Behind a compressor both have to be ready for more: what goes into it, and what comes out.
      if (this.#compressor?.writableNeedDrain || this.#response.writableNeedDrain) return;
      this.#blockedSince = null;
      this.release();
      onDrain();
    };
    response.on('drain', this.#onDrain);
    // The socket may serve another request of the same client after this one.
    response.once('close', () => {
      this.#socket?.off('drain', this.#onDrain);
      this.#compressor?.destroy();
    });
  }

  /** Everything from now on goes through it; before the first byte only. */
  compressWith(compressor: Compressor): void {
    this.#compressor = compressor;
    compressor.on('data', (bytes: Buffer) => {
      this.bytes += bytes.length;
      if (!this.#response.write(bytes)) {
        this.#blockedSince ??= performance.now();
        compressor.pause();
        this.#response.once('drain', () => compressor.resume());
      }
    });
    compressor.on('drain', this.#onDrain);
    compressor.once('end', () => this.#response.end());
    compressor.on('error', () => this.abort());
  }

  get isBlocked(): boolean {
    return this.#blockedSince !== null;
  }

  /** How long the client has taken nothing although data wait, in milliseconds; 0 if it is not behind. */
  blockedFor(now: number): number {
    return this.#blockedSince === null ? 0 : now - this.#blockedSince;
  }

  write(bytes: Buffer): void {
    const chunk = this.#socket === null ? { bytes, framed: bytes, size: bytes.length } : toChunk([bytes]);
    this.writeChunk(chunk, performance.now());
  }

  /**
   * Writes what may be shared with other clients. `response.write` would queue length, data and line end one by one for
   * each of them, which costs several times as much as the one write of a chunk that is framed already. It is only right
   * where the response is chunked: not in HTTP/1.0, not in HTTP/2.
   */
  writeChunk(chunk: Chunk, now: number): void {
    this.lastWrite = now;
    const isTaken = this.#compressor !== null ? this.#compressor.write(chunk.bytes) : this.#put(chunk);
    if (!isTaken) this.#blockedSince ??= this.lastWrite;
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

  #put(chunk: Chunk): boolean {
    this.bytes += chunk.size;
    if (this.#socket !== null) return this.#socket.write(chunk.framed);
    const isTaken = this.#response.write(chunk.bytes);
    if (isTaken) this.#findSocket();
    return isTaken;
  }

  /**
   * Ends the stream once the client has taken what was written; one that does not is given up on.
   * @param hangsUp whether to close the connection with it: a proxy would send the next request over it, and so to a
   * server that stops.
   */
  end(hangsUp = false): void {
    const { socket } = this.#response;
    if (hangsUp) this.#response.once('finish', () => socket?.destroySoon());
    if (this.#compressor !== null) this.#compressor.end();
    else this.#response.end();
    const timer = setTimeout(() => this.abort(), ABORT_AFTER_MS);
    timer.unref();
    this.#response.once('close', () => clearTimeout(timer));
  }

  /** The first write has put the head out, by way of the response. */
  #findSocket(): void {
    const { socket, chunkedEncoding, headersSent } = this.#response;
    if (socket === null || !chunkedEncoding || !headersSent) return;
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
