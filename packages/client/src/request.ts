import { CURSOR_HEADER, type Cursor, POLLING_HEADER, type PollingReason, parseCursor } from '@hermes/contracts';
import { errorOfResponse, invalidAnswer, networkError } from './api-error.ts';
import { credentialsMode } from './authorization.ts';

/** The part of a zod schema that is needed to check an answer. */
export interface AnswerSchema<T> {
  safeParse(value: unknown): { success: true; data: T } | { success: false; error: Error };
}

/** What was read, and the log position that it is true as of: null where the server told none. */
export interface Read<T> {
  data: T;
  cursor: Cursor | null;
}

export interface RequestOptions {
  method?: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  query?: Record<string, string | number | readonly string[] | undefined>;
  body?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal | undefined;
  /** A status that is no failure although it is none of 2xx, if what came with it is of the schema. */
  alsoAnswers?: number;
}

export type Send = <T>(path: string, schema: AnswerSchema<T> | null, options?: RequestOptions) => Promise<Read<T>>;

/**
 * Makes the function that every call goes through. It throws `HermesApiError` only, except that an aborted `signal`
 * throws what `fetch` throws, so that TanStack Query recognises its own cancellation.
 * @param polling why data is fetched that a stream should bring: what is read is marked with it.
 */
export function createSend(
  baseUrl: string,
  headers: Record<string, string>,
  fetch: typeof globalThis.fetch,
  polling: () => PollingReason | null,
): Send {
  return async (path, schema, { method = 'GET', query = {}, body, headers: own, signal, alsoAnswers } = {}) => {
    const reason = method === 'GET' ? polling() : null;
    const sent = { ...headers, ...own, ...(reason === null ? {} : { [POLLING_HEADER]: reason }) };
    let response: Response;
    let answer: unknown;
    try {
      response = await fetch(`${baseUrl}${path}${formatQuery(query)}`, {
        method,
        headers: body === undefined ? sent : { ...sent, 'content-type': 'application/json' },
        credentials: credentialsMode(headers),
        // The browser asks each time whether what it holds is still true: an answer that has not changed comes without
        // its body.
        cache: 'no-cache',
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        ...(signal ? { signal } : {}),
      });
      // A proxy may answer with the same status, but not with JSON.
      const isJson = response.headers.get('content-type')?.startsWith('application/json') === true;
      if (!response.ok && !(response.status === alsoAnswers && isJson)) throw await errorOfResponse(response);
      answer = schema ? JSON.parse(await response.text()) : undefined;
    } catch (error) {
      if (signal?.aborted) throw error;
      throw toApiError(error);
    }
    return { data: schema ? check(schema, answer, response.status) : (undefined as never), cursor: cursorOf(response) };
  };
}

function toApiError(error: unknown): Error {
  if (error instanceof SyntaxError)
    return invalidAnswer('The answer is not JSON: is this a Hermes server?', 200, error);
  if (error instanceof Error && error.name === 'HermesApiError') return error;
  return networkError(error);
}

function check<T>(schema: AnswerSchema<T>, answer: unknown, status: number): T {
  const checked = schema.safeParse(answer);
  if (checked.success) return checked.data;
  throw invalidAnswer('The answer is not of the form that was expected', status, checked.error);
}

function cursorOf(response: Response): Cursor | null {
  const header = response.headers.get(CURSOR_HEADER);
  return header === null ? null : parseCursor(header);
}

/** With its question mark; '' if nothing is asked. */
export function formatQuery(query: NonNullable<RequestOptions['query']>): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined) continue;
    params.set(name, Array.isArray(value) ? value.join(',') : String(value));
  }
  const text = params.toString();
  return text === '' ? '' : `?${text}`;
}
