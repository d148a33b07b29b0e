import { fetchEventSource } from '@microsoft/fetch-event-source';
import { errorOfResponse, HermesApiError, invalidAnswer, networkError } from './api-error.ts';
import { credentialsMode } from './authorization.ts';

/** One SSE frame as it came: nothing of it has been looked at. */
export interface Frame {
  id: string;
  event: string;
  data: string;
}

export interface ConnectOptions {
  url: string;
  headers: Record<string, string>;
  fetch: typeof globalThis.fetch;
  signal: AbortSignal;
  /** Bytes came in, whatever they are: comments too are a sign of life. */
  onLife(): void;
  onFrame(frame: Frame): void;
  /** The server's `retry:`, in milliseconds. */
  onRetry(ms: number): void;
}

/**
 * Makes one attempt at one stream and stays with it to its end. Resolves when the server ended it or `signal` did;
 * rejects with a `HermesApiError` when the server refused, could not be reached, or the connection broke.
 *
 * The library would reconnect by itself, but knows neither Retry-After nor jitter and takes a clean end for success,
 * so it is allowed one attempt and never a second. It also keeps streams of hidden tabs: a tab that counts speed in its
 * title is read while it is hidden.
 */
export async function connect(options: ConnectOptions): Promise<void> {
  const { url, headers, signal, onFrame, onRetry } = options;
  // The library misses a signal that was aborted before it could listen.
  if (signal.aborted) return;
  try {
    await fetchEventSource(url, {
      headers,
      signal,
      cache: 'no-store',
      credentials: credentialsMode(headers),
      openWhenHidden: true,
      fetch: (input, init) => fetchWatched(options, input, init),
      onopen: refuseUnlessStream,
      onmessage: ({ id, event, data, retry }) => {
        if (retry !== undefined) onRetry(retry);
        // Comments and blocks without data arrive as empty messages; they have been noticed as life already.
        if (data !== '') onFrame({ id, event, data });
      },
      onerror: (error) => {
        throw error;
      },
    });
  } catch (error) {
    throw error instanceof HermesApiError ? error : networkError(error);
  }
}

async function fetchWatched(
  { fetch, onLife }: ConnectOptions,
  input: RequestInfo | URL,
  init: RequestInit | undefined,
): Promise<Response> {
  const response = await fetch(input, init);
  if (!response.ok || response.body === null) return response;
  const watched = response.body.pipeThrough(
    new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
      transform(chunk, controller) {
        onLife();
        controller.enqueue(chunk);
      },
    }),
  );
  return new Response(watched, { status: response.status, headers: response.headers });
}

async function refuseUnlessStream(response: Response): Promise<void> {
  if (!response.ok) throw await errorOfResponse(response);
  if (response.headers.get('content-type')?.startsWith('text/event-stream')) return;
  await response.body?.cancel();
  throw invalidAnswer('What answers here is not an event stream: is it a Hermes server?', response.status);
}
