import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';

/** How a body is cut into writes. */
export type Cut = 'whole' | 'bytes';

/**
 * Serves bodies as event streams, byte for byte, each at `/NUMBER/CUT`. Whoever comes again is told by 204 to stop, and
 * what it came back with is remembered: an EventSource always comes again.
 */
export class ByteServer {
  readonly #server: Server;
  readonly #bodies: readonly Buffer[];
  /** Path → `Last-Event-ID` of the second request, '' without one. */
  readonly #cameBackWith = new Map<string, string>();
  readonly #served = new Set<string>();

  private constructor(bodies: readonly Buffer[]) {
    this.#bodies = bodies;
    this.#server = createServer(async (request, response) => {
      const path = request.url ?? '';
      const [, number, cut] = /^\/(\d+)\/(whole|bytes)$/.exec(path) ?? [];
      if (number === undefined) {
        response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end('<!doctype html><title>-</title>');
        return;
      }
      if (this.#served.has(path)) {
        // A header's text comes as Latin-1; browsers send UTF-8.
        this.#cameBackWith.set(path, Buffer.from(String(request.headers['last-event-id'] ?? ''), 'latin1').toString());
        response.writeHead(204).end();
        return;
      }
      this.#served.add(path);
      response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
      response.flushHeaders();
      const body = this.#bodies[Number(number)] ?? Buffer.alloc(0);
      const size = cut === 'bytes' ? 1 : Math.max(1, body.length);
      for (let at = 0; at < body.length; at += size) {
        response.write(body.subarray(at, at + size));
        await nextTurn();
      }
      response.end();
    });
  }

  static async start(bodies: readonly Buffer[]): Promise<ByteServer> {
    const server = new ByteServer(bodies);
    await new Promise<void>((done) => server.#server.listen(0, '127.0.0.1', done));
    return server;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** What the client of that body came back with; undefined if it has not. */
  cameBackWith(path: string): string | undefined {
    return this.#cameBackWith.get(path);
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((done) => this.#server.close(done));
  }
}
