import { z } from 'zod';

/**
 * Every error that a service answers with (RFC 9457 `application/problem+json`). `code` is stable; `title` may be
 * reworded. `retryable`: the same request may succeed later, without being changed.
 */
export const PROBLEMS = {
  VALIDATION_FAILED: { status: 400, title: 'A value in the request is not allowed', retryable: false },
  UNAUTHENTICATED: { status: 401, title: 'A key, a session or a token is needed', retryable: false },
  INVALID_CREDENTIAL: { status: 401, title: 'The key, session or token is not known here', retryable: false },
  CREDENTIAL_EXPIRED: { status: 401, title: 'The key, session or token has expired', retryable: false },
  FORBIDDEN: { status: 403, title: 'The credential lacks the permission for this', retryable: false },
  ORIGIN_REFUSED: { status: 403, title: 'Requests of that origin may not change anything here', retryable: false },
  HOST_REFUSED: { status: 403, title: 'The Host header does not name this server', retryable: false },
  NOT_FOUND: { status: 404, title: 'There is nothing at this address', retryable: false },
  DOWNLOAD_NOT_FOUND: { status: 404, title: 'No download has this id', retryable: false },
  API_KEY_NOT_FOUND: { status: 404, title: 'No API key has this id', retryable: false },
  METHOD_NOT_ALLOWED: { status: 405, title: 'This address does not take that method', retryable: false },
  NOT_ACCEPTABLE: { status: 406, title: 'The Accept header excludes what this address answers with', retryable: false },
  DOWNLOAD_FINAL: { status: 409, title: 'The download has already ended', retryable: false },
  STATUS_CONFLICT: { status: 409, title: 'The status of the download does not allow this', retryable: false },
  DUPLICATE_DOWNLOAD: { status: 409, title: 'A download of this URL has not ended yet', retryable: false },
  FILE_GONE: { status: 404, title: 'The file is not in the download directory any more', retryable: false },
  LAST_ADMIN_KEY: { status: 409, title: 'The last admin key cannot be deleted', retryable: false },
  IDEMPOTENCY_CONFLICT: {
    status: 409,
    title: 'This Idempotency-Key was used for a different request',
    retryable: false,
  },
  PAYLOAD_TOO_LARGE: { status: 413, title: 'The request body is too large', retryable: false },
  UNSUPPORTED_MEDIA_TYPE: { status: 415, title: 'The body must be application/json', retryable: false },
  RATE_LIMITED: { status: 429, title: 'Too many requests', retryable: true },
  INTERNAL: { status: 500, title: 'Something went wrong here', retryable: false },
  REDIS_UNAVAILABLE: { status: 503, title: 'Redis cannot be reached at the moment', retryable: true },
  SSE_DISABLED: { status: 503, title: 'Event streams are switched off', retryable: true },
  SSE_CAPACITY: { status: 503, title: 'No more event streams can be opened at the moment', retryable: true },
  STORAGE_UNAVAILABLE: { status: 503, title: 'The download directory cannot be looked at now', retryable: true },
  DATABASE_FULL: { status: 507, title: 'The database has no space left', retryable: true },
  SHUTTING_DOWN: { status: 503, title: 'The server is stopping', retryable: true },
} as const satisfies Record<string, { status: number; title: string; retryable: boolean }>;

export type ProblemCode = keyof typeof PROBLEMS;
export const problemCodeSchema = z.enum(Object.keys(PROBLEMS) as [ProblemCode, ...ProblemCode[]]);

export const PROBLEM_CONTENT_TYPE = 'application/problem+json';

/** One wrong value: where it stands in the request (`body.url`, `query.limit`) and what is wrong with it. */
export const invalidParamSchema = z.object({ field: z.string().min(1), message: z.string().min(1) });
export type InvalidParam = z.infer<typeof invalidParamSchema>;

export const problemSchema = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int().min(400).max(599),
  code: problemCodeSchema,
  detail: z.string().optional(),
  /** Path of the request, without its query: queries can hold tokens. */
  instance: z.string().optional(),
  invalid_params: z.array(invalidParamSchema).optional(),
});
export type Problem = z.infer<typeof problemSchema>;
