import fastifyCors from '@fastify/cors';
import { fastifySSE } from '@fastify/sse';
import { type Credential, EVENTS_BASE, PROBLEM_CONTENT_TYPE } from '@hermes/contracts';
import { answerProblems, type Config, guard, ProblemError, refuseOtherMethods } from '@hermes/runtime';
import type { FastifyInstance, FastifyPluginAsync } from 'fastify';
import type { StreamContext } from './open-stream.ts';
import { healthRoute } from './routes/health-route.ts';

import { streamRoutes } from './routes/stream-routes.ts';
import { testRoute } from './routes/test-route.ts';

type FindCredential = (sha256: string) => Promise<Credential | null>;

/** All routes of `/api/v1/events`, in a scope of their own: what is registered beside it is none of its business. */
export function eventsPlugin(
  config: Config,
  context: StreamContext,
  findCredential: FindCredential,
): FastifyPluginAsync {
  return async (app) => {
    await app.register(async (scope) => registerEvents(scope, config, context, findCredential), {
      prefix: EVENTS_BASE,
    });
  };
}

async function registerEvents(
  app: FastifyInstance,
  config: Config,
  context: StreamContext,
  findCredential: FindCredential,
): Promise<void> {
  answerProblems(app);
  // Before the guard: a preflight carries no credential, and a refusal must be readable by the page it is for.
  if (config.HERMES_ALLOWED_ORIGINS.length > 0) {
    await app.register(fastifyCors, {
      origin: [...config.HERMES_ALLOWED_ORIGINS],
      credentials: config.HERMES_ALLOW_CREDENTIALS,
      methods: ['GET', 'HEAD'],
      allowedHeaders: ['Authorization', 'X-API-Key', 'Last-Event-ID'],
      exposedHeaders: ['Retry-After'],
    });
  }
  guard(app, {
    authentication: config.HERMES_AUTH,
    allowedOrigins: config.HERMES_ALLOWED_ORIGINS,
    host: config.HERMES_HOST,
    findCredential,
  });
  // Heartbeats are ours: they carry the position, and one wheel serves all connections.
  await app.register(fastifySSE, { heartbeatInterval: 0 });
  app.addHook('onRequest', async (_request, reply) => {
    reply.header('cache-control', 'no-cache, no-transform');
    reply.header('x-accel-buffering', 'no');
  });
  // The plugin refuses in words of its own.
  app.addHook('preSerialization', async (request, reply, payload) => {
    if (reply.statusCode !== 406) return payload;
    reply.type(PROBLEM_CONTENT_TYPE).header('cache-control', 'no-store');
    return new ProblemError('NOT_ACCEPTABLE').toProblem(request.url.split('?', 1)[0]);
  });
  refuseOtherMethods(app, () => {
    streamRoutes(app, context);
    testRoute(app, context);
    healthRoute(app, () => ({
      enabled: context.isEnabled(),
      active_connections: context.connections.size,
      max_connections: config.HERMES_SSE_MAX_CONNECTIONS,
      heartbeat_interval: config.HERMES_SSE_HEARTBEAT_INTERVAL,
    }));
  });
}
