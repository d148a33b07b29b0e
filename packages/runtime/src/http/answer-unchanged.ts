import { hash } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';

/** What decides whose answer it is. */
const CREDENTIAL_HEADERS = ['Authorization', 'X-API-Key', 'Cookie'];

/**
 * Gives every JSON answer to a GET of this scope an `ETag`, and answers 304 without the body to whoever shows that it has
 * this very one. Answers that set a `Cache-Control` of their own are left alone.
 *
 * The tag is of the text itself: the position in the log moves with every progress event of any download, and the database
 * follows it only by and by, so that a tag made of positions would miss nearly always, or worse, hit wrongly. Hashing 60 KB, a
 * hundred downloads, takes 0.1 ms. It is weak since proxies compress.
 */
export function answerUnchanged(app: FastifyInstance): void {
  app.addHook('onSend', async (request, reply, payload) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') return payload;
    if (reply.statusCode !== 200 || typeof payload !== 'string' || reply.hasHeader('cache-control')) return payload;
    if (!String(reply.getHeader('content-type')).startsWith('application/json')) return payload;
    const tag = `"${hash('sha256', payload, 'base64url').slice(0, 27)}"`;
    reply.header('etag', `W/${tag}`);
    // A browser may keep it, a proxy may not, and neither may use it without asking.
    reply.header('cache-control', 'private, no-cache');
    const vary = [reply.getHeader('vary') ?? []].flat();
    reply.header('vary', [...vary, ...CREDENTIAL_HEADERS].join(', '));
    if (!hasTag(request, tag)) return payload;
    reply.code(304).removeHeader('content-type').removeHeader('content-length');
    // Of HEAD Fastify itself drops the body, once it has measured it.
    return request.method === 'HEAD' ? payload : null;
  });
}

/**
 * Whether the caller shows by If-None-Match that it has this one; by weak comparison, as RFC 9110 wants it.
 * @param tag in its quotes.
 */
export function hasTag(request: FastifyRequest, tag: string): boolean {
  const header = request.headers['if-none-match'];
  if (header === undefined) return false;
  return header.trim() === '*' || header.split(',').some((one) => one.trim().replace(/^W\//, '') === tag);
}
