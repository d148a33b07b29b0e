import type { InvalidParam } from '@hermes/contracts';
import type { z } from 'zod';
import { describeIssue } from './describe-issue.ts';
import { ProblemError } from './problem-error.ts';

/** Nobody mends more at a time; a batch of thousands would be answered at its own length. */
const MAX_REPORTED = 50;

/**
 * The value as the schema gives it.
 * @param where what the value is a part of: `body`, `query`, `params`; fields are named `body.url`.
 * @throws {ProblemError} VALIDATION_FAILED, naming every wrong field (the first fifty).
 */
export function validate<Schema extends z.ZodType>(schema: Schema, value: unknown, where: string): z.output<Schema> {
  const result = schema.safeParse(value, { reportInput: true });
  if (result.success) return result.data;
  const invalidParams: InvalidParam[] = result.error.issues
    .flatMap((issue) => describeIssue(issue, where))
    .slice(0, MAX_REPORTED);
  const [first] = invalidParams;
  throw new ProblemError('VALIDATION_FAILED', {
    detail: first ? `${first.field} ${first.message}` : 'The request is not valid',
    invalidParams,
  });
}
