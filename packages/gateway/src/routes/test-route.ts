import { type TestEvent, testStreamQuerySchema } from '@hermes/contracts';
import { validate } from '@hermes/runtime';
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { EndReason, HeldStream, StreamOrigin } from '../delivery/held-stream.ts';
import { admit, answersHead, type StreamContext, sendHead } from '../open-stream.ts';
import { encodeFrame } from '../sse/encode-frame.ts';

/** Events at a known pace: whoever gets them all at once has a proxy in between that buffers. */
export function testRoute(app: FastifyInstance, context: StreamContext): void {
  app.get(`/test`, { sse: 'only', config: { permission: 'read' } }, async (request, reply) => {
    const { count, interval_ms } = validate(testStreamQuerySchema, request.query, 'query');
    const origin = admit(context, request);
    if (answersHead(request, reply) || reply.raw.destroyed) return;
    context.connections.add(new TestRun(origin, reply, count, interval_ms, () => sendHead(request, reply)));
  });
}

class TestRun implements HeldStream {
  readonly origin: StreamOrigin;
  readonly closed: Promise<void>;
  readonly #reply: FastifyReply;
  readonly #count: number;
  readonly #timer: NodeJS.Timeout;
  #sent = 0;

  constructor(origin: StreamOrigin, reply: FastifyReply, count: number, intervalMs: number, begin: () => void) {
    this.origin = origin;
    this.#reply = reply;
    this.#count = count;
    this.#timer = setInterval(() => this.#sendNext(), intervalMs);
    this.closed = new Promise((done) => {
      reply.raw.once('close', () => {
        clearInterval(this.#timer);
        done();
      });
    });
    begin();
    this.#sendNext();
  }

  end(_reason: EndReason): void {
    clearInterval(this.#timer);
    this.#reply.raw.end();
  }

  notify(): void {}

  #sendNext(): void {
    this.#sent += 1;
    const event: TestEvent = { n: this.#sent, server_time: new Date().toISOString() };
    this.#reply.raw.write(encodeFrame({ event: 'test', data: JSON.stringify(event) }));
    if (this.#sent >= this.#count) this.end('shutdown');
  }
}
