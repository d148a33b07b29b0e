import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

interface LoggedRequest {
  method: string;
  path: string;
  headers: IncomingMessage['headers'];
  /** Of the body, as far as it was handed to the socket. */
  sentBytes: number;
  /** Answered in full, or the client has gone. */
  ended: boolean;
}

type Handler = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

/** A real HTTP server of a test's own; it remembers what it was asked for. */
export class TestOrigin {
  readonly requests: LoggedRequest[] = [];
  readonly #server: Server;
  readonly #handlers = new Map<string, Handler>();

  private constructor() {
    this.#server = createServer((request, response) => {
      const path = new URL(request.url ?? '/', 'http://origin').pathname;
      const logged = { method: request.method ?? '', path, headers: request.headers, sentBytes: 0, ended: false };
      this.requests.push(logged);
      response.once('close', () => {
        logged.ended = true;
      });
      const write = response.write.bind(response) as (chunk: Buffer, done?: () => void) => boolean;
      response.write = ((chunk: Buffer, done?: () => void) => {
        logged.sentBytes += chunk.length;
        return write(chunk, done);
      }) as typeof response.write;
      const handler = this.#handlers.get(path);
      if (handler === undefined) response.writeHead(404).end();
      else Promise.resolve(handler(request, response)).catch(() => response.destroy());
    });
  }

  static async start(): Promise<TestOrigin> {
    const origin = new TestOrigin();
    await new Promise<void>((done) => origin.#server.listen(0, '127.0.0.1', done));
    return origin;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  url(path: string): string {
    return `http://127.0.0.1:${this.port}${path}`;
  }

  on(path: string, handler: Handler): void {
    this.#handlers.set(path, handler);
  }

  /** Cuts every connection, as a crash would. */
  cut(): void {
    this.#server.closeAllConnections();
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((done) => this.#server.close(done));
  }
}

interface FileOptions {
  etag?: string;
  lastModified?: string;
  bytesPerSecond?: number;
  ignoreRange?: boolean;
  headers?: Record<string, string>;
  /** After so many bytes of a body the connection is cut. */
  cutAfter?: () => number;
}

const CHUNK = 64 * 1024;

/** Serves `content` as a well-behaved file server does, at a pace. */
export function serveFile(content: Buffer, options: FileOptions = {}): Handler {
  return async (request, response) => {
    const { etag, lastModified, bytesPerSecond, ignoreRange = false, headers = {}, cutAfter } = options;
    const range = /^bytes=(\d+)-$/.exec(request.headers.range ?? '');
    const condition = request.headers['if-range'];
    const matches = condition === undefined || condition === etag || condition === lastModified;
    const start = range !== null && matches && !ignoreRange ? Number(range[1]) : 0;
    const common = {
      ...(etag === undefined ? {} : { etag }),
      ...(lastModified === undefined ? {} : { 'last-modified': lastModified }),
      ...headers,
    };
    if (start > content.length || (start === content.length && start > 0)) {
      response.writeHead(416, { ...common, 'content-range': `bytes */${content.length}` }).end();
      return;
    }
    const partial = range !== null && matches && !ignoreRange;
    response.writeHead(partial ? 206 : 200, {
      'content-length': content.length - start,
      ...(partial ? { 'content-range': `bytes ${start}-${content.length - 1}/${content.length}` } : {}),
      ...common,
    });
    const cut = cutAfter?.() ?? Number.POSITIVE_INFINITY;
    const step = bytesPerSecond === undefined ? CHUNK : Math.max(1, Math.min(CHUNK, Math.ceil(bytesPerSecond / 50)));
    const startedAt = performance.now();
    for (let at = start; at < content.length && !response.destroyed; at += step) {
      if (at - start >= cut) {
        response.destroy();
        return;
      }
      const flowing = response.write(content.subarray(at, Math.min(at + step, content.length)));
      if (!flowing) await new Promise<void>((done) => untilDrained(response, done));
      if (bytesPerSecond !== undefined) {
        const due = startedAt + ((at + step - start) / bytesPerSecond) * 1000;
        await delay(Math.max(0, due - performance.now()));
      }
    }
    response.end();
  };
}

function untilDrained(response: ServerResponse, done: () => void): void {
  const settle = () => {
    response.off('drain', settle);
    response.off('close', settle);
    done();
  };
  response.on('drain', settle);
  response.on('close', settle);
}

/** Bytes that repeat nowhere, the same for the same seed: a piece in the wrong place changes the sum. */
export function testBytes(size: number, seed = 'hermes'): Buffer {
  const parts: Buffer[] = [];
  let length = 0;
  for (let n = 0; length < size; n += 1) {
    const block = createHash('sha512').update(`${seed}:${n}`).digest();
    parts.push(block);
    length += block.length;
  }
  return Buffer.concat(parts).subarray(0, size);
}

export function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
