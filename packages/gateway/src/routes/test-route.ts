import { type TestEvent, testStreamQuerySchema } from '@hermes/contracts';
import { validate } from '@hermes/runtime';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { requireWholeScope } from '../auth/token-scopes.ts';
import { encodeFarewell } from '../delivery/farewell.ts';
import type { EndReason, HeldStream, StreamOrigin } from '../delivery/held-stream.ts';
import { COME_BACK_MS, jittered } from '../delivery/stream-limits.ts';
import { admit, answersHead, hold, type StreamContext, sendHead } from '../open-stream.ts';
import { encodeFrame } from '../sse/encode-frame.ts';

/** Events at a known pace: whoever gets them all at once has a proxy in between that buffers. */
export function testRoute(app: FastifyInstance, context: StreamContext): void {
  app.get(`/test`, { sse: 'only', config: { permission: 'read', takesToken: true } }, async (request, reply) => {
    const { count, interval_ms } = validate(testStreamQuerySchema, request.query, 'query');
    requireWholeScope(request.credential);
    const origin = admit(context, request);
    if (answersHead(request, reply) || reply.raw.destroyed) return;
    hold(context, new TestRun(origin, reply, count, interval_ms, () => sendHead(request, reply)));
  });
}

class TestRun implements HeldStream {
  readonly origin: StreamOrigin;
  readonly topics = ['test'];
  readonly closed: Promise<void>;
  readonly queueDepth = 0;
  readonly conflated = 0;
  bytes = 0;
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

  end(reason: EndReason, retryAfterMs = jittered(COME_BACK_MS)): void {
    if (this.#reply.raw.writableEnded) return;
    this.#write(encodeFarewell(reason, retryAfterMs));
    this.#finish();
  }

  notify(): void {}

  #sendNext(): void {
    this.#sent += 1;
    const event: TestEvent = { n: this.#sent, server_time: new Date().toISOString() };
    this.#write(encodeFrame({ event: 'test', data: JSON.stringify(event) }));
    if (this.#sent >= this.#count) this.#finish();
  }

  #write(frame: Buffer): void {
    this.bytes += frame.length;
    this.#reply.raw.write(frame);
  }

  #finish(): void {
    clearInterval(this.#timer);
    this.#reply.raw.end();
  }
}
