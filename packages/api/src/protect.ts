import cors from '@fastify/cors';
import rateLimit from '@fastify/rate-limit';
import { CURSOR_HEADER, POLLING_HEADER } from '@hermes/contracts';
import { addressBlock, answerProblems, guard, hashSecret, ProblemError, secretOf } from '@hermes/runtime';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Service } from './service.ts';

const RATE_HEADERS = ['RateLimit-Limit', 'RateLimit-Remaining', 'RateLimit-Reset'];
const WINDOW_MS = 60_000;
const READS = new Set(['GET', 'HEAD', 'OPTIONS']);

/** What stands before every route of the API: problems, metrics, CORS, the rate limit, the guard. Call it in the scope itself. */
export async function protect(app: FastifyInstance, service: Service): Promise<void> {
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
        'If-None-Match',
        'Idempotency-Key',
        'Last-Event-ID',
        POLLING_HEADER,
      ],
      exposedHeaders: [CURSOR_HEADER, 'ETag', ...RATE_HEADERS, 'Retry-After'],
    });
  }
  await app.register(rateLimit, { global: false, enableDraftSpec: true });
  // Before the guard, so that guessing is limited as well.
  app.addHook(
    'onRequest',
    app.rateLimit({
      max: config.HERMES_RATE_LIMIT_PER_MINUTE,
      timeWindow: WINDOW_MS,
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
}

/**
 * A credential that is known counts by itself; whoever shows an unknown one, or none, counts by address. Reads and changes
 * count apart: pages that poll in many tabs must not keep a person from cancelling.
 */
async function callerOf({ credentials }: Service, request: FastifyRequest): Promise<string> {
  const kind = READS.has(request.method) ? 'read' : 'change';
  const secret = secretOf(request);
  const sha256 = secret === null ? null : hashSecret(secret);
  const known = sha256 !== null && (await credentials.find(sha256)) !== null;
  return `${kind} ${known ? `credential:${sha256}` : `address:${addressBlock(request.ip)}`}`;
}
