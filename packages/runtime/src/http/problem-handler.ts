import { PROBLEM_CONTENT_TYPE, PROBLEMS, type ProblemCode } from '@hermes/contracts';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { isDatabaseFull } from '../database-full.ts';
import { ProblemError } from '../problem-error.ts';
import { isRedisAway } from '../redis-away.ts';

/** What Fastify and its plugins refuse, in our codes; any other 4xx is a value that is not allowed. */
const FASTIFY_CODES: Record<string, ProblemCode> = {
  FST_ERR_MAX_PARAM_LENGTH: 'NOT_FOUND',
  FST_ERR_SSE_NOT_ACCEPTABLE: 'NOT_ACCEPTABLE',
};

const STATUS_CODES: Record<number, ProblemCode> = {
  404: 'NOT_FOUND',
  405: 'METHOD_NOT_ALLOWED',
  406: 'NOT_ACCEPTABLE',
  413: 'PAYLOAD_TOO_LARGE',
  415: 'UNSUPPORTED_MEDIA_TYPE',
  429: 'RATE_LIMITED',
};

/** Seconds after which one may ask again, where the error itself does not say. */
const RETRY_AFTER_SECONDS = 2;

/** Space comes from a person, or from pruning. */
const FULL_RETRY_AFTER_SECONDS = 60;

/** Whatever was thrown, as a problem to answer with. What is not meant for the caller stays in its `cause`. */
export function toProblemError(error: unknown): ProblemError {
  if (error instanceof ProblemError) return error;
  if (isRedisAway(error)) return new ProblemError('REDIS_UNAVAILABLE', { cause: error });
  if (isDatabaseFull(error)) {
    return new ProblemError('DATABASE_FULL', { retryAfterSeconds: FULL_RETRY_AFTER_SECONDS, cause: error });
  }
  if (!(error instanceof Error)) return new ProblemError('INTERNAL', { cause: error });
  const { code, statusCode } = error as Partial<FastifyError>;
  const known = FASTIFY_CODES[code ?? ''] ?? STATUS_CODES[statusCode ?? 0];
  if (known) return new ProblemError(known, { cause: error });
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    // Fastify would say the whole URL back, with the tokens in its query.
    const detail = code === 'FST_ERR_BAD_URL' ? 'The address cannot be decoded' : error.message;
    return new ProblemError('VALIDATION_FAILED', { detail, cause: error });
  }
  return new ProblemError('INTERNAL', { cause: error });
}

/**
 * Answers every error of this scope as `application/problem+json`, and everything that comes while the server closes as
 * SHUTTING_DOWN. Call it in the scope itself, before other hooks, not in a plugin of its own.
 */
export function answerProblems(app: FastifyInstance): void {
  let closing = false;
  app.addHook('preClose', async () => {
    closing = true;
  });
  app.addHook('onRequest', async () => {
    if (closing) throw new ProblemError('SHUTTING_DOWN');
  });
  app.setErrorHandler((error, request, reply) => {
    const problem = toProblemError(error);
    if (problem.code === 'INTERNAL') request.log.error({ req: request, err: problem.cause ?? error }, problem.message);
    // Whatever is away is away for every request: its stack would say nothing new each time.
    else if (problem.status >= 500)
      request.log.warn({ req: request, code: problem.code, reason: String(problem.cause ?? '') }, problem.message);
    return sendProblem(request, reply, problem);
  });
  app.setNotFoundHandler((request, reply) => sendProblem(request, reply, new ProblemError('NOT_FOUND')));
}

/** Answers with the problem, and with the headers that belong to its status. */
export function sendProblem(request: FastifyRequest, reply: FastifyReply, problem: ProblemError): FastifyReply {
  const { retryAfterSeconds } = problem.details;
  // A plugin such as the rate limiter may have said it better already.
  if (retryAfterSeconds !== undefined) reply.header('retry-after', String(retryAfterSeconds));
  else if (PROBLEMS[problem.code].retryable && !reply.hasHeader('retry-after')) {
    reply.header('retry-after', String(RETRY_AFTER_SECONDS));
  }
  if (problem.status === 401) reply.header('www-authenticate', 'Bearer realm="hermes"');
  return reply
    .code(problem.status)
    .type(PROBLEM_CONTENT_TYPE)
    .header('cache-control', 'no-store')
    .send(JSON.stringify(problem.toProblem(request.url.split('?', 1)[0])));
}
