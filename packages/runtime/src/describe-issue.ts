import type { InvalidParam } from '@hermes/contracts';
import type { z } from 'zod';

type Issue = z.core.$ZodIssue;

/** zod's names of types, as one would say them. */
const TYPES: Record<string, string> = {
  string: 'must be a text',
  number: 'must be a number',
  int: 'must be a whole number',
  boolean: 'must be true or false',
  array: 'must be a list',
  object: 'must be an object',
  record: 'must be an object',
  null: 'must be null',
};

const FORMATS: Record<string, string> = {
  datetime: 'must be a time in UTC such as 2026-01-31T12:00:00Z',
};

/**
 * What is wrong with which field, in words that follow the field's name: `body.url` `is required`.
 * The issue must have been made with `reportInput`: nothing else tells an absent field from a wrong one.
 */
export function describeIssue(issue: Issue, where: string): InvalidParam[] {
  const field = [where, ...issue.path.map(String)].join('.');
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ field: `${field}.${key}`, message: 'is not known here' }));
  }
  if (issue.code === 'invalid_union') return describeUnion(issue, field);
  return [{ field, message: messageOf(issue) }];
}

function messageOf(issue: Exclude<Issue, { code: 'unrecognized_keys' | 'invalid_union' }>): string {
  if (isAbsent(issue)) return 'is required';
  switch (issue.code) {
    case 'invalid_type':
      return TYPES[issue.expected] ?? `must be of the type ${issue.expected}`;
    case 'invalid_value':
      return `must be one of ${issue.values.map(String).join(', ')}`;
    case 'too_small':
      return limit(issue.origin, 'least', Number(issue.minimum));
    case 'too_big':
      return limit(issue.origin, 'most', Number(issue.maximum));
    case 'invalid_format':
      return own(issue.message) ?? FORMATS[issue.format] ?? 'has a form that is not allowed';
    case 'invalid_key': {
      const [first] = issue.issues;
      return (first && own(first.message)) ?? 'has a name that is not allowed';
    }
    default:
      return own(issue.message) ?? 'is not allowed';
  }
}

function limit(origin: string, side: 'least' | 'most', bound: number): string {
  if (origin === 'string') {
    return side === 'least' && bound === 1 ? 'must not be empty' : `must have at ${side} ${bound} characters`;
  }
  if (origin === 'array') {
    return side === 'least' && bound === 1 ? 'must not be empty' : `must hold at ${side} ${bound} items`;
  }
  return `must be at ${side} ${bound}`;
}

/** A message of our contracts; zod's own begin with a capital letter. */
function own(message: string): string | undefined {
  return /^[A-Z]/.test(message) ? undefined : message;
}

function isAbsent(issue: Issue): boolean {
  return (issue.code === 'invalid_type' || issue.code === 'invalid_value') && issue.input === undefined;
}

/** Tells of the one alternative that was meant, if it can be told; else names what the alternatives want. */
function describeUnion(issue: Extract<Issue, { code: 'invalid_union' }>, field: string): InvalidParam[] {
  if (issue.discriminator !== undefined) {
    const { options } = issue as { options?: readonly unknown[] };
    return [{ field, message: options ? `must be one of ${options.map(String).join(', ')}` : 'is not known here' }];
  }
  const meant = issue.errors.filter(
    (branch) => !branch.some((one) => isAbsent(one) || one.code === 'unrecognized_keys'),
  );
  const [only] = meant;
  if (only !== undefined && meant.length === 1) return only.flatMap((one) => describeIssue(one, field));
  const wishes = issue.errors.flatMap((branch) => branch.slice(0, 1).map(wishOf));
  return [{ field, message: [...new Set(wishes)].join(' or ') || 'is not allowed' }];
}

/** What one alternative would have taken, told of the value as a whole. */
function wishOf(issue: Issue): string {
  if (issue.code === 'unrecognized_keys') return `must not hold ${issue.keys.join(', ')}`;
  if (isAbsent(issue)) return issue.path.length === 0 ? 'is required' : `needs ${issue.path.map(String).join('.')}`;
  const [first] = describeIssue(issue, '');
  return first === undefined ? 'is not allowed' : `${first.field.slice(1)} ${first.message}`.trim();
}
