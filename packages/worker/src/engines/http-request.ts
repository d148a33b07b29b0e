import type { IncomingHttpHeaders } from 'node:http';
import { type Dispatcher, request } from 'undici';
import { DownloadFailure, toNetworkFailure } from './download-failure.ts';

const MAX_REDIRECTS = 10;
/** What a server may ask us to wait; beyond it the next try simply comes sooner. */
const MAX_RETRY_AFTER_MS = 5 * 60_000;
const REDIRECTS = [301, 302, 303, 307, 308];
const PARTIAL_CONTENT = 206;
const RANGE_NOT_SATISFIABLE = 416;
/** Of the headers that a person gave: what another origin may see as well. A key may stand in any other. */
const SENT_ANYWHERE = ['accept', 'accept-language', 'referer', 'user-agent'];
const USER_AGENT = 'Hermes/0.1';

export interface HttpRequest {
  url: string;
  /** As the person gave them. */
  headers: Readonly<Record<string, string>>;
  /** Ask for the rest only, and only of what `validator` (If-Range) still names. */
  resume: { offset: number; validator: string } | null;
}

export interface HttpResponse {
  /** 200, 206, another 2xx, or 416 if a resume was asked for. */
  status: number;
  headers: IncomingHttpHeaders;
  body: Dispatcher.ResponseData['body'];
  /** Where the redirects have led. */
  url: string;
}

/**
 * Sends a GET and follows its redirects, each of which connects, and so is judged, anew.
 * @throws {DownloadFailure} for anything but a usable answer.
 */
export async function openResponse(
  dispatcher: Dispatcher,
  { url: asked, headers: given, resume }: HttpRequest,
  signal: AbortSignal,
): Promise<HttpResponse> {
  let url = parseHttpUrl(asked);
  const { origin } = url;
  let headers = given;
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects += 1) {
    const response = await send(dispatcher, url, requestHeaders(url, headers, resume), signal);
    const { statusCode: status, headers: received, body } = response;
    const location = received.location;
    if (REDIRECTS.includes(status) && typeof location === 'string') {
      discard(body);
      url = parseHttpUrl(location, url);
      // For good: who redirects back must not choose what is asked with them.
      if (url.origin !== origin) headers = withoutSecrets(given);
      continue;
    }
    // Either is only an answer to a range: a part that nobody asked for must not pass for the whole.
    const isOfRange = status === PARTIAL_CONTENT || status === RANGE_NOT_SATISFIABLE;
    if (isOfRange ? resume !== null : status >= 200 && status < 300) {
      return { status, headers: received, body, url: url.href };
    }
    discard(body);
    throw statusFailure(status, received);
  }
  throw new DownloadFailure('TOO_MANY_REDIRECTS');
}

/** Lets go of a body that nobody wants; its connection is closed rather than read to the end. */
export function discard(body: Dispatcher.ResponseData['body']): void {
  body.on('error', () => {});
  body.destroy();
}

async function send(
  dispatcher: Dispatcher,
  url: URL,
  headers: Record<string, string>,
  signal: AbortSignal,
): Promise<Dispatcher.ResponseData> {
  const target = new URL(url);
  target.username = '';
  target.password = '';
  try {
    return await request(target, { dispatcher, headers, signal, method: 'GET' });
  } catch (error) {
    signal.throwIfAborted();
    throw toNetworkFailure(error);
  }
}

function requestHeaders(
  url: URL,
  given: Readonly<Record<string, string>>,
  resume: HttpRequest['resume'],
): Record<string, string> {
  const headers: Record<string, string> = { 'user-agent': USER_AGENT, accept: '*/*' };
  if (url.username !== '' || url.password !== '') {
    const pair = `${percentDecode(url.username)}:${percentDecode(url.password)}`;
    headers.authorization = `Basic ${Buffer.from(pair).toString('base64')}`;
  }
  for (const [name, value] of Object.entries(given)) {
    headers[name.toLowerCase()] = value;
  }
  // A compressed answer has other bytes, another length and other ranges than the file.
  headers['accept-encoding'] = 'identity';
  if (resume !== null) {
    headers.range = `bytes=${resume.offset}-`;
    headers['if-range'] = resume.validator;
  }
  return headers;
}

function withoutSecrets(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => SENT_ANYWHERE.includes(name.toLowerCase())));
}

function percentDecode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    throw new DownloadFailure('INVALID_URL', undefined, { cause: error });
  }
}

function parseHttpUrl(text: string, base?: URL): URL {
  const url = URL.parse(text, base?.href);
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) throw new DownloadFailure('INVALID_URL');
  return url;
}

function statusFailure(status: number, headers: IncomingHttpHeaders): DownloadFailure {
  const message = `The server answered with ${status}.`;
  if (status < 500 && status !== 408 && status !== 429) return new DownloadFailure('HTTP_CLIENT_ERROR', message);
  const retryAfterMs = parseRetryAfter(headers['retry-after'], Date.now());
  return new DownloadFailure('HTTP_SERVER_ERROR', message, retryAfterMs === null ? {} : { retryAfterMs });
}

/** Seconds or an HTTP date (RFC 9110, 10.2.3) → milliseconds, at most five minutes; null for anything else. */
export function parseRetryAfter(text: string | undefined, now: number): number | null {
  if (text === undefined) return null;
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - now;
  return Number.isNaN(ms) ? null : Math.min(MAX_RETRY_AFTER_MS, Math.max(0, ms));
}
