import { validate } from '@hermes/runtime';
import type { FastifyInstance } from 'fastify';
import type { ConnectionsSurvey } from '../control/connections-survey.ts';
import { noQuerySchema } from './no-query.ts';

/** Who is connected, to whichever gateway. */
export function connectionsRoute(app: FastifyInstance, survey: ConnectionsSurvey): void {
  app.get('/connections', { preHandler: app.rateLimit(), config: { permission: 'admin' } }, async (request, reply) => {
    validate(noQuerySchema, request.query, 'query');
    reply.header('cache-control', 'no-store');
    return survey.ask();
  });
}
