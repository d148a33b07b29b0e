import type { z } from 'zod';
import { VARIABLES, type Variable } from './variables.ts';

export type VariableName = keyof typeof VARIABLES;

type WithDefault<Name extends VariableName> = (typeof VARIABLES)[Name]['default'] extends null
  ? z.output<(typeof VARIABLES)[Name]['schema']> | null
  : z.output<(typeof VARIABLES)[Name]['schema']>;

/** The parsed value of every variable; null where it is unset and has no default. */
export type Environment = { [Name in VariableName]: WithDefault<Name> };

/** A value that is not allowed. The message is one line that names the variable, the value and what is allowed. */
export class EnvironmentError extends Error {
  override readonly name = 'EnvironmentError';
  readonly variable: string;

  constructor(variable: string, value: string, allowed: string) {
    // A URL that is wrong somewhere else may still hold a right password.
    const shown = value.replace(/(:\/\/).*@/s, '$1***@');
    super(`${variable}=${JSON.stringify(shown)} is not allowed: ${allowed}`);
    this.variable = variable;
  }
}

/**
 * @param source names and texts, as in `process.env`. An empty text counts as unset, as compose files write it.
 * @throws {EnvironmentError} for the first wrong value.
 */
export function parseEnvironment(source: Readonly<Record<string, string | undefined>>): Environment {
  const parsed: Record<string, unknown> = {};
  for (const [name, variable] of Object.entries<Variable>(VARIABLES)) {
    const given = [name, ...(variable.aliases ?? [])].find(
      (alias) => source[alias] !== undefined && source[alias] !== '',
    );
    const text = given === undefined ? variable.default : (source[given] as string);
    if (text === null) {
      parsed[name] = null;
      continue;
    }
    const result = variable.schema.safeParse(text);
    if (!result.success) {
      const issue = result.error.issues[0];
      throw new EnvironmentError(given ?? name, text, issue ? describe(issue) : 'see .env.example');
    }
    parsed[name] = result.data;
  }
  return parsed as Environment;
}

function describe(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_value') return `must be one of ${issue.values.map(String).join(', ')}`;
  return issue.message;
}
