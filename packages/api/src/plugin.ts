import cors from '@fastify/cors';
import rateLimit from '@fastify/rate-limit';
import { API_BASE, CURSOR_HEADER, POLLING_HEADER } from '@hermes/contracts';
import { answerProblems, guard, hashSecret, ProblemError, refuseOtherMethods, secretOf } from '@hermes/runtime';
import type { FastifyInstance, FastifyPluginAsync, FastifyRequest } from 'fastify';
import { authRoutes } from './routes/auth.ts';
import { configRoutes } from './routes/config.ts';
import { downloadRoutes } from './routes/downloads.ts';
import { healthRoutes } from './routes/health.ts';

import type { Service } from './service.ts';

/** All of REST in a scope of its own: what is registered beside it is neither guarded nor limited by it. */
export function createPlugin(service: Service): FastifyPluginAsync {
  return async (app) => {
    await app.register(async (scope) => registerApi(scope, service), { prefix: API_BASE });
  };
}

async function registerApi(app: FastifyInstance, service: Service): Promise<void> {
  const { config, credentials, metrics } = service;
  answerProblems(app);
  metrics.countRequests(app);
  // First, so that a page may also read why it was refused.
  if (config.HERMES_ALLOWED_ORIGINS.length > 0) {
    await app.register(cors, {
      origin: [...config.HERMES_ALLOWED_ORIGINS],
      credentials: config.HERMES_ALLOW_CREDENTIALS,
      methods: ['GET', 'HEAD', 'POST', 'PATCH', 'DELETE'],
      allowedHeaders: [
        'Authorization',
        'X-API-Key',
        'Content-Type',
        'Idempotency-Key',
        'Last-Event-ID',
        POLLING_HEADER,
      ],
      exposedHeaders: [CURSOR_HEADER, 'Retry-After'],
    });
  }
  await app.register(rateLimit, { global: false });
  // Before the guard, so that guessing is limited as well.
  app.addHook(
    'onRequest',
    app.rateLimit({
      max: config.HERMES_RATE_LIMIT_PER_MINUTE,
      timeWindow: 60_000,
      keyGenerator: (request) => callerOf(service, request),
      errorResponseBuilder: (_request, { ttl }) =>
        new ProblemError('RATE_LIMITED', { retryAfterSeconds: Math.max(1, Math.ceil(ttl / 1000)) }),
    }),
  );
  guard(app, {
    authentication: config.HERMES_AUTH,
    allowedOrigins: config.HERMES_ALLOWED_ORIGINS,
    host: config.HERMES_HOST,
    findCredential: (sha256) => credentials.find(sha256),
  });
  refuseOtherMethods(app, () => {
    healthRoutes(app, service);
    configRoutes(app, service);
    authRoutes(app, service);
    downloadRoutes(app, service);
  });
}

/** A credential that is known counts by itself; whoever shows an unknown one, or none, counts by address. */
async function callerOf({ credentials }: Service, request: FastifyRequest): Promise<string> {
  const secret = secretOf(request);
  const sha256 = secret === null ? null : hashSecret(secret);
  const known = sha256 !== null && (await credentials.find(sha256)) !== null;
  return known ? `credential:${sha256}` : `address:${request.ip}`;
}
