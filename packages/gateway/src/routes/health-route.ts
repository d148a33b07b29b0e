import type { EventsHealth } from '@hermes/contracts';
import type { FastifyInstance } from 'fastify';

/** Whether streams can be had here, for clients and load balancers. */
export function healthRoute(app: FastifyInstance, read: () => EventsHealth): void {
  app.get('/health', { config: { permission: 'public' } }, async (_request, reply) => {
    reply.header('cache-control', 'no-store');
    return read();
  });
}
