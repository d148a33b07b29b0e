import type { FastifyInstance } from 'fastify';

/** The Caddyfile says the same; a test compares the two. */
export const CONTENT_SECURITY_POLICY = [
  "default-src 'self'",
  // The component library sets styles on elements.
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "object-src 'none'",
  "base-uri 'self'",
  "frame-ancestors 'none'",
  "form-action 'self'",
].join('; ');

/** What every page of this scope tells the browser: nothing from elsewhere, in no frame, no guessing of types. */
export function addPageHeaders(app: FastifyInstance): void {
  app.addHook('onRequest', async (_request, reply) => {
    reply.header('content-security-policy', CONTENT_SECURITY_POLICY);
    reply.header('x-content-type-options', 'nosniff');
    reply.header('referrer-policy', 'no-referrer');
  });
}
