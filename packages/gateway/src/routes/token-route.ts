import { createTokenRequestSchema } from '@hermes/contracts';
import { ProblemError, validate } from '@hermes/runtime';
import type { FastifyInstance } from 'fastify';
import { createStreamToken } from '../auth/stream-tokens.ts';
import { downloadOf } from '../auth/token-scopes.ts';
import type { StreamContext } from '../open-stream.ts';
import { noQuerySchema } from './no-query.ts';

/** Short-lived tokens of a small scope, for those who cannot send a header. */
export function tokenRoute(app: FastifyInstance, { commands, keys }: StreamContext): void {
  app.post('/token', { preHandler: app.rateLimit(), config: { permission: 'read' } }, async (request, reply) => {
    validate(noQuerySchema, request.query, 'query');
    const wanted = validate(createTokenRequestSchema, request.body, 'body');
    const download = downloadOf(wanted.scope);
    // The log knows what is open, and for an hour what has ended.
    if (download !== null && (await commands.exists(keys.download(download))) === 0) {
      throw new ProblemError('DOWNLOAD_NOT_FOUND');
    }
    reply.code(201).header('cache-control', 'no-store');
    return createStreamToken(commands, keys, wanted, request);
  });
}
