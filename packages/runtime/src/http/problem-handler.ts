import { PROBLEM_CONTENT_TYPE, type ProblemCode } from '@hermes/contracts';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { ProblemError } from '../problem-error.ts';

/** What Fastify itself refuses, in our codes. Anything else that has no code of ours is a defect: INTERNAL. */
const FASTIFY_CODES: Record<string, ProblemCode> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'UNSUPPORTED_MEDIA_TYPE',
  FST_ERR_CTP_BODY_TOO_LARGE: 'PAYLOAD_TOO_LARGE',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'VALIDATION_FAILED',
  FST_ERR_CTP_INVALID_JSON_BODY: 'VALIDATION_FAILED',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'VALIDATION_FAILED',
  FST_ERR_BAD_URL: 'VALIDATION_FAILED',
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

/** ioredis' words for "not now". */
const REDIS_AWAY =
  /Stream isn't writeable|Connection is closed|max retries per request|Command timed out|ECONNREFUSED|ENOENT|ECONNRESET|LOADING|MasterDown|NOREPLICAS/i;

export function isRedisAway(error: unknown): boolean {
  return (
    error instanceof Error &&
    (error.name === 'MaxRetriesPerRequestError' || error.name === 'AbortError' || REDIS_AWAY.test(error.message))
  );
}

export function toProblemError(error: FastifyError | Error): ProblemError {
  if (error instanceof ProblemError) return error;
  if (isRedisAway(error)) return new ProblemError('REDIS_UNAVAILABLE', { retryAfterSeconds: 2, cause: error });
  const { code, statusCode } = error as Partial<FastifyError>;
  const known = FASTIFY_CODES[code ?? ''] ?? STATUS_CODES[statusCode ?? 0];
  if (known) return new ProblemError(known, { detail: error.message, cause: error });
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    return new ProblemError('VALIDATION_FAILED', { detail: error.message, cause: error });
  }
  return new ProblemError('INTERNAL', { cause: error });
}

/** Answers every error of this scope as `application/problem+json`. Call it in the scope itself, not in a plugin of its own. */
export function answerProblems(app: FastifyInstance): void {
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const problem = toProblemError(error);
    if (problem.status >= 500) request.log.error({ err: problem.cause ?? error, code: problem.code }, problem.message);
    return sendProblem(request, reply, problem);
  });
  app.setNotFoundHandler((request, reply) => sendProblem(request, reply, new ProblemError('NOT_FOUND')));
}

export function sendProblem(request: FastifyRequest, reply: FastifyReply, problem: ProblemError): FastifyReply {
  const { retryAfterSeconds } = problem.details;
  if (retryAfterSeconds !== undefined) reply.header('retry-after', String(retryAfterSeconds));
  if (problem.status === 401) reply.header('www-authenticate', 'Bearer realm="hermes"');
  return reply
    .code(problem.status)
    .type(PROBLEM_CONTENT_TYPE)
    .header('cache-control', 'no-store')
    .send(JSON.stringify(problem.toProblem(request.url.split('?', 1)[0])));
}
