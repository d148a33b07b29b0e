import type { InvalidParam } from '@hermes/contracts';
import type { z } from 'zod';
import { ProblemError } from './problem-error.ts';

/**
 * The value as the schema gives it.
 * @param where what the value is a part of: `body`, `query`, `params`; fields are named `body.url`.
 * @throws {ProblemError} VALIDATION_FAILED, naming every wrong field.
 */
export function validate<Schema extends z.ZodType>(schema: Schema, value: unknown, where: string): z.output<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const invalidParams = result.error.issues.flatMap((issue) => describe(issue, where));
  const [first] = invalidParams;
  throw new ProblemError('VALIDATION_FAILED', {
    detail: first ? `${first.field} ${first.message}` : 'The request is not valid',
    invalidParams,
  });
}

function describe(issue: z.core.$ZodIssue, where: string): InvalidParam[] {
  const field = [where, ...issue.path.map(String)].join('.');
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ field: `${field}.${key}`, message: 'is not known here' }));
  }
  if (issue.code === 'invalid_type' && issue.input === undefined) return [{ field, message: 'is required' }];
  if (issue.code === 'invalid_value') {
    return [{ field, message: `must be one of ${issue.values.map(String).join(', ')}` }];
  }
  return [{ field, message: issue.message.replace(/^Invalid input: /, '').replace(/^Too /, 'is too ') }];
}
