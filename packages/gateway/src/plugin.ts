import fastifyCors from '@fastify/cors';
import rateLimit from '@fastify/rate-limit';
import { fastifySSE } from '@fastify/sse';
import { EVENTS_BASE, PROBLEM_CONTENT_TYPE } from '@hermes/contracts';
import { answerProblems, type Config, guard, ProblemError, refuseOtherMethods, toProblemError } from '@hermes/runtime';
import type { FastifyInstance, FastifyPluginAsync } from 'fastify';
import { findMirroredCredential } from './auth/credential-mirror.ts';
import { SharedLookup } from './auth/shared-lookup.ts';
import { findStreamToken } from './auth/stream-tokens.ts';
import type { ConnectionsSurvey } from './control/connections-survey.ts';
import type { StreamContext } from './open-stream.ts';
import { connectionsRoute } from './routes/connections-route.ts';
import { healthRoute } from './routes/health-route.ts';
import { streamRoutes } from './routes/stream-routes.ts';
import { testRoute } from './routes/test-route.ts';
import { tokenRoute } from './routes/token-route.ts';

/** All routes of `/api/v1/events`, in a scope of their own: what is registered beside it is none of its business. */
export function eventsPlugin(config: Config, context: StreamContext, survey: ConnectionsSurvey): FastifyPluginAsync {
  return async (app) => {
    await app.register(async (scope) => registerEvents(scope, config, context, survey), {
      prefix: EVENTS_BASE,
    });
  };
}

async function registerEvents(
  app: FastifyInstance,
  config: Config,
  context: StreamContext,
  survey: ConnectionsSurvey,
): Promise<void> {
  answerProblems(app);
  app.addHook('onError', async (_request, _reply, error) => context.metrics.refused.add(toProblemError(error).code));
  // Before the guard: a preflight carries no credential, and a refusal must be readable by the page it is for.
  if (config.HERMES_ALLOWED_ORIGINS.length > 0) {
    await app.register(fastifyCors, {
      origin: [...config.HERMES_ALLOWED_ORIGINS],
      credentials: config.HERMES_ALLOW_CREDENTIALS,
      methods: ['GET', 'HEAD', 'POST'],
      allowedHeaders: ['Authorization', 'X-API-Key', 'Content-Type', 'Last-Event-ID'],
      exposedHeaders: ['RateLimit-Limit', 'RateLimit-Remaining', 'RateLimit-Reset', 'Retry-After'],
    });
  }
  const credentials = new SharedLookup((sha256) => findMirroredCredential(context.commands, context.keys, sha256));
  guard(app, {
    authentication: config.HERMES_AUTH,
    allowedOrigins: config.HERMES_ALLOWED_ORIGINS,
    host: config.HERMES_HOST,
    findCredential: (sha256) => credentials.find(sha256),
    findToken: (sha256) => findStreamToken(context.commands, context.keys, sha256),
  });
  // What stays open is limited by count; this is for what is asked again and again.
  await app.register(rateLimit, {
    global: false,
    enableDraftSpec: true,
    max: config.HERMES_RATE_LIMIT_PER_MINUTE,
    timeWindow: 60_000,
    keyGenerator: ({ credentialHash, ip }) => credentialHash ?? ip,
    errorResponseBuilder: (_request, { ttl }) =>
      new ProblemError('RATE_LIMITED', { retryAfterSeconds: Math.max(1, Math.ceil(ttl / 1000)) }),
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
    context.metrics.refused.add('NOT_ACCEPTABLE');
    reply.type(PROBLEM_CONTENT_TYPE).header('cache-control', 'no-store');
    return new ProblemError('NOT_ACCEPTABLE').toProblem(request.url.split('?', 1)[0]);
  });
  refuseOtherMethods(app, () => {
    streamRoutes(app, context);
    testRoute(app, context);
    tokenRoute(app, context);
    connectionsRoute(app, survey);
    healthRoute(app, () => ({
      enabled: context.isEnabled(),
      active_connections: context.connections.size,
      max_connections: config.HERMES_SSE_MAX_CONNECTIONS,
      heartbeat_interval: config.HERMES_SSE_HEARTBEAT_INTERVAL,
    }));
  });
}
