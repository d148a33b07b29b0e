import type { Health, Readiness } from '@hermes/contracts';
import type { FastifyInstance } from 'fastify';
import { sql } from 'kysely';
import type { Service } from '../service.ts';
import { VERSION } from '../version.ts';
import { refuseQuery } from './refuse-query.ts';

export function healthRoutes(app: FastifyInstance, service: Service): void {
  app.get('/health', { config: { permission: 'public' } }, async (request): Promise<Health> => {
    refuseQuery(request);
    return { status: 'ok', version: VERSION };
  });

  app.get('/health/ready', { config: { permission: 'public' } }, async (request, reply) => {
    refuseQuery(request);
    const [database, redis] = await Promise.all([
      // A statement that writes nothing but needs the file.
      isUp(() => sql`select count(*) from projections`.execute(service.database)),
      isUp(() => service.redis.ping()),
    ]);
    const ready = database && redis;
    const body: Readiness = {
      status: ready ? 'ready' : 'degraded',
      version: VERSION,
      dependencies: { database: { status: database ? 'up' : 'down' }, redis: { status: redis ? 'up' : 'down' } },
    };
    return reply
      .code(ready ? 200 : 503)
      .header('cache-control', 'no-store')
      .send(body);
  });
}

/** What exactly is wrong is for the log and the operator, not for whoever may ask. */
async function isUp(check: () => Promise<unknown>): Promise<boolean> {
  try {
    await check();
    return true;
  } catch {
    return false;
  }
}
