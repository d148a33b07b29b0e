import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { API_BASE, PROBLEM_CONTENT_TYPE, type Problem, type ProblemCode } from '@hermes/contracts';
import type { Config } from '@hermes/runtime';
import { createParser } from 'eventsource-parser';
import { originOf } from './run/listen.ts';

/** Where a running Hermes is, and the key to it. */
export interface ServerAccess {
  origin: string;
  /** Null while authentication is off. */
  key: string | null;
}

/** A message for the person at the terminal, who has asked for something that cannot be done. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  /** Whether the same may work later. */
  readonly isTemporary: boolean;
  /** Of the problem that the server answered with. */
  readonly code: ProblemCode | null;

  constructor(message: string, isTemporary = false, code: ProblemCode | null = null) {
    super(message);
    this.isTemporary = isTemporary;
    this.code = code;
  }
}

/** Where `$HERMES_HOME/admin.key` is. */
export function adminKeyPath(config: Config): string {
  return join(config.HERMES_HOME, 'admin.key');
}

/** The server that the configuration names, unless the command line names another; the key of its home, likewise. */
export async function findServer(config: Config, given: { url?: string; key?: string }): Promise<ServerAccess> {
  const origin = given.url ?? originOf(config.HERMES_HOST, config.HERMES_PORT);
  if (given.key !== undefined) return { origin, key: given.key };
  const key = await readFile(adminKeyPath(config), 'utf8').catch(() => null);
  return { origin, key: key?.trim() ?? null };
}

function headersOf(access: ServerAccess): Record<string, string> {
  return access.key === null ? {} : { authorization: `Bearer ${access.key}` };
}

/**
 * One REST call. `path` below `/api/v1`.
 * @throws {CommandError} with the server's own words, or if there is no server.
 */
export async function callServer<Answer>(
  access: ServerAccess,
  method: 'GET' | 'POST' | 'DELETE',
  path: string,
  body?: unknown,
): Promise<Answer> {
  const response = await reach(access, `${API_BASE}${path}`, {
    method,
    headers: { ...headersOf(access), ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw await explain(response);
  if (response.status === 204) return undefined as Answer;
  return (await response.json().catch(() => {
    throw new CommandError(`What answers at ${access.origin} is no Hermes. Is this the right address?`);
  })) as Answer;
}

export interface StreamedEvent {
  id: string | undefined;
  event: string;
  data: Record<string, unknown>;
}

/**
 * Reads a stream until it ends or `signal` aborts.
 * @param path below `/api/v1`.
 * @throws {CommandError} if it cannot be opened.
 */
export async function readStream(
  access: ServerAccess,
  path: string,
  lastEventId: string | undefined,
  signal: AbortSignal,
  onEvent: (event: StreamedEvent) => void,
): Promise<void> {
  const response = await reach(access, `${API_BASE}${path}`, {
    headers: {
      ...headersOf(access),
      accept: 'text/event-stream',
      ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }),
    },
    signal,
  });
  if (!response.ok) throw await explain(response);
  if (!(response.headers.get('content-type') ?? '').startsWith('text/event-stream')) {
    await response.body?.cancel();
    throw new CommandError(`What answers at ${access.origin} sends no event stream. Is this the right address?`);
  }
  const parser = createParser({
    onEvent: ({ id, event, data }) => onEvent({ id, event: event ?? 'message', data: JSON.parse(data) }),
  });
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? []) parser.feed(decoder.decode(chunk, { stream: true }));
}

async function reach(access: ServerAccess, path: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(`${access.origin}${path}`, init);
  } catch (error) {
    if (init.signal?.aborted) throw error;
    const cause = (error as Error).cause;
    const why = cause instanceof Error ? cause.message || cause.name : String(error);
    throw new CommandError(
      `No Hermes answers at ${access.origin} (${why}). Is it running? Start it, or name it: --url`,
      true,
    );
  }
}

async function explain(response: Response): Promise<CommandError> {
  const isTemporary = response.status >= 500 || response.status === 429;
  const text = await response.text();
  const problem = parseProblem(response, text);
  if (problem === null) {
    return new CommandError(
      `The server answered ${response.status}, and not as Hermes does. Is this the right address?`,
      isTemporary,
    );
  }
  const hint = problem.status === 401 ? ' Give a key: --key, or run this with the HERMES_HOME of the server.' : '';
  return new CommandError(
    `${problem.title}${problem.detail ? `: ${problem.detail}` : ''} (${problem.code}).${hint}`,
    isTemporary,
    problem.code,
  );
}

function parseProblem(response: Response, text: string): Problem | null {
  if (!(response.headers.get('content-type') ?? '').startsWith(PROBLEM_CONTENT_TYPE)) return null;
  try {
    return JSON.parse(text) as Problem;
  } catch {
    return null;
  }
}
