import {
  type InvalidParam,
  PROBLEM_CONTENT_TYPE,
  type Problem,
  type ProblemCode,
  problemSchema,
} from '@hermes/contracts';

/** What can go wrong beside the problems that a server names: it was not reached, or what answered was not Hermes. */
export type ClientErrorCode = 'NETWORK_ERROR' | 'INVALID_ANSWER';

interface ErrorFacts {
  code: ProblemCode | ClientErrorCode;
  message: string;
  status?: number | undefined;
  problem?: Problem | undefined;
  retryAfterMs?: number | undefined;
  cause?: unknown;
}

/** The one error that every call and every stream of this package fails with. `message` is fit to be shown. */
export class HermesApiError extends Error {
  override readonly name = 'HermesApiError';
  /** Stable: a code of the server (`PROBLEMS`), or NETWORK_ERROR, or INVALID_ANSWER. */
  readonly code: ProblemCode | ClientErrorCode;
  /** The HTTP status; null when no server answered. */
  readonly status: number | null;
  /** The whole problem document (RFC 9457), with `detail` and `invalid_params`; null when the server sent none. */
  readonly problem: Problem | null;
  /** Milliseconds that the server asked to be left alone for (`Retry-After`); null when it did not. */
  readonly retryAfterMs: number | null;

  constructor(facts: ErrorFacts) {
    super(facts.message, { cause: facts.cause });
    this.code = facts.code;
    this.status = facts.status ?? null;
    this.problem = facts.problem ?? null;
    this.retryAfterMs = facts.retryAfterMs ?? null;
  }

  get detail(): string | null {
    return this.problem?.detail ?? null;
  }

  /** Which values of the request were wrong; empty unless `code` is VALIDATION_FAILED. */
  get invalidParams(): readonly InvalidParam[] {
    return this.problem?.invalid_params ?? [];
  }
}

/** The server was not reached, or the connection broke. */
export function networkError(cause: unknown): HermesApiError {
  return new HermesApiError({ code: 'NETWORK_ERROR', message: 'The server cannot be reached', cause });
}

/** Something answered, but not as Hermes does: a captive portal, another server, an incompatible version. */
export function invalidAnswer(message: string, status: number, cause?: unknown): HermesApiError {
  return new HermesApiError({ code: 'INVALID_ANSWER', message, status, cause });
}

/** Reads what a refusing response says. Consumes its body. */
export async function errorOfResponse(response: Response): Promise<HermesApiError> {
  const retryAfterMs = parseRetryAfter(response.headers.get('retry-after'), Date.now()) ?? undefined;
  const { status } = response;
  if (response.headers.get('content-type')?.startsWith(PROBLEM_CONTENT_TYPE)) {
    const problem = problemSchema.safeParse(await response.json().catch(() => null));
    if (problem.success) {
      const { code, title, detail } = problem.data;
      return new HermesApiError({ code, message: detail ?? title, status, problem: problem.data, retryAfterMs });
    }
  }
  await response.body?.cancel().catch(() => undefined);
  const message =
    status >= 500 ? `The server cannot answer at the moment (${status})` : `The server refused this (${status})`;
  return new HermesApiError({ code: 'INVALID_ANSWER', message, status, retryAfterMs });
}

/** `Retry-After` (RFC 9110 §10.2.3: seconds, or a date) in milliseconds from `now`; null if absent or unreadable. */
export function parseRetryAfter(header: string | null, now: number): number | null {
  if (header === null) return null;
  if (/^\d+$/.test(header.trim())) return Number(header) * 1000;
  const at = Date.parse(header);
  return Number.isNaN(at) ? null : Math.max(0, at - now);
}
