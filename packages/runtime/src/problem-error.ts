import { type InvalidParam, PROBLEMS, type Problem, type ProblemCode } from '@hermes/contracts';

interface ProblemDetails {
  detail?: string;
  invalidParams?: InvalidParam[];
  /** Sent as `Retry-After`. */
  retryAfterSeconds?: number;
  cause?: unknown;
}

/** An error that is meant to be answered: its code decides the status, and the caller may read its detail. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly code: ProblemCode;
  readonly details: ProblemDetails;

  constructor(code: ProblemCode, details: ProblemDetails = {}) {
    super(details.detail ?? PROBLEMS[code].title, details.cause === undefined ? {} : { cause: details.cause });
    this.code = code;
    this.details = details;
  }

  get status(): number {
    return PROBLEMS[this.code].status;
  }

  /** The body of the answer. `instance`: the path of the request, without its query. */
  toProblem(instance?: string): Problem {
    const { title, status } = PROBLEMS[this.code];
    return {
      type: 'about:blank',
      title,
      status,
      code: this.code,
      ...(this.details.detail === undefined ? {} : { detail: this.details.detail }),
      ...(instance === undefined ? {} : { instance }),
      ...(this.details.invalidParams === undefined ? {} : { invalid_params: this.details.invalidParams }),
    };
  }
}
