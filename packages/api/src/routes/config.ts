import { type ControlMessage, changeConfigRequestSchema, type PublicConfig, type Switches } from '@hermes/contracts';
import { isRedisAway, readSwitches, validate } from '@hermes/runtime';
import type { FastifyInstance } from 'fastify';
import type { Service } from '../service.ts';
import { VERSION } from '../version.ts';
import { refuseQuery } from './refuse-query.ts';

/** What the web app must know before it knows who is asking; what of it an admin has switched, for all processes. */
export function configRoutes(app: FastifyInstance, service: Service): void {
  const { config, redis, keys } = service;
  /** Holds while Redis is away. */
  let known: Switches = { sse_enabled: null, sse_rollout_percent: null };

  const inForce = ({ sse_enabled, sse_rollout_percent }: Switches): PublicConfig => ({
    sse_enabled: sse_enabled ?? service.sseEnabled,
    sse_rollout_percent: sse_rollout_percent ?? config.HERMES_SSE_ROLLOUT_PERCENT,
    auth_required: config.HERMES_AUTH === 'on',
    version: VERSION,
  });

  app.get('/config', { config: { permission: 'public' } }, async (request, reply) => {
    refuseQuery(request);
    try {
      known = await readSwitches(redis, keys);
    } catch (error) {
      if (!isRedisAway(error)) throw error;
    }
    return reply.header('cache-control', 'no-store').send(inForce(known));
  });

  app.patch('/config', { config: { permission: 'admin' } }, async (request, reply) => {
    refuseQuery(request);
    const wanted = validate(changeConfigRequestSchema, request.body, 'body');
    const told: ControlMessage = { type: 'switches' };
    const change = redis.multi();
    for (const [field, value] of Object.entries(wanted)) {
      if (value === null) change.hdel(keys.switches, field);
      else change.hset(keys.switches, field, JSON.stringify(value));
    }
    // In one transaction, so that no gateway is told of what it cannot read yet.
    await change.publish(keys.control, JSON.stringify(told)).exec();
    known = await readSwitches(redis, keys);
    request.log.info({ switches: known, key_name: request.credential?.name ?? null }, 'Switched at run time');
    return reply.header('cache-control', 'no-store').send(inForce(known));
  });
}
