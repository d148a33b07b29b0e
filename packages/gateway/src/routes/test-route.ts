import { setTimeout as delay } from 'node:timers/promises';
import { type TestEvent, testStreamQuerySchema } from '@hermes/contracts';
import { validate } from '@hermes/runtime';
import type { FastifyInstance } from 'fastify';
import { encodeFrame } from '../sse/encode-frame.ts';

/** Events at a known pace: whoever gets them all at once has a proxy in between that buffers. */
export function testRoute(app: FastifyInstance): void {
  app.get('/test', { sse: 'only', config: { permission: 'read' } }, async (request, reply) => {
    const { count, interval_ms } = validate(testStreamQuerySchema, request.query, 'query');
    reply.sse.keepAlive();
    reply.sse.sendHeaders();
    const gone = new AbortController();
    reply.raw.once('close', () => gone.abort());
    const send = async () => {
      for (let n = 1; n <= count; n++) {
        const event: TestEvent = { n, server_time: new Date().toISOString() };
        reply.raw.write(encodeFrame({ event: 'test', data: JSON.stringify(event) }));
        if (n < count) await delay(interval_ms, undefined, { signal: gone.signal });
      }
      reply.raw.end();
    };
    // The client hung up: that ends the test.
    send().catch(() => reply.raw.destroy());
  });
}
