import { downloadIdSchema, queueStreamQuerySchema, streamQuerySchema, topicStreamQuerySchema } from '@hermes/contracts';
import { validate } from '@hermes/runtime';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { readableTopics } from '../auth/token-scopes.ts';
import type { Subscription } from '../hub/subscription.ts';
import { openStream, type StreamContext } from '../open-stream.ts';

const paramsSchema = z.object({ id: downloadIdSchema });

const EVERYTHING: Omit<Subscription, 'topics' | 'intervalMs'> = {
  download: null,
  progressOf: null,
  queueStatus: null,
};

/** The streams: many topics on one connection, and shorthands for one. */
export function streamRoutes(app: FastifyInstance, context: StreamContext): void {
  const options = { sse: 'only', config: { permission: 'read', takesToken: true } } as const;

  app.get('/stream', options, async (request, reply) => {
    const query = validate(streamQuerySchema, request.query, 'query');
    await openStream(
      context,
      request,
      reply,
      {
        ...EVERYTHING,
        topics: query.channels === undefined ? readableTopics(request.credential) : distinct(query.channels),
        progressOf: query.download_id === undefined ? null : distinct(query.download_id),
        intervalMs: query.interval_ms,
      },
      query.last_event_id,
    );
  });

  app.get('/downloads/:id', options, async (request, reply) => {
    const { id } = validate(paramsSchema, request.params, 'params');
    const query = validate(topicStreamQuerySchema, request.query, 'query');
    const subscription = { ...EVERYTHING, topics: ['downloads'], download: id, intervalMs: query.interval_ms } as const;
    await openStream(context, request, reply, subscription, query.last_event_id);
  });

  app.get('/queue', options, async (request, reply) => {
    const query = validate(queueStreamQuerySchema, request.query, 'query');
    const subscription: Subscription = {
      ...EVERYTHING,
      topics: ['queue'],
      queueStatus: query.status === undefined ? null : distinct(query.status),
      intervalMs: query.interval_ms,
    };
    await openStream(context, request, reply, subscription, query.last_event_id);
  });

  app.get('/system', options, async (request, reply) => {
    const query = validate(topicStreamQuerySchema, request.query, 'query');
    const subscription = { ...EVERYTHING, topics: ['system'], intervalMs: query.interval_ms } as const;
    await openStream(context, request, reply, subscription, query.last_event_id);
  });
}

function distinct<Value>(values: readonly Value[]): Value[] {
  return [...new Set(values)];
}
