import {
  createTokenRequestSchema,
  createTokenResponseSchema,
  downloadIdSchema,
  eventsHealthSchema,
  listConnectionsResponseSchema,
  type ProblemCode,
  queueStreamQuerySchema,
  streamQuerySchema,
  testStreamQuerySchema,
  topicStreamQuerySchema,
} from '@hermes/contracts';
import { z } from 'zod';
import { downloadExample } from '../examples.ts';
import type { Operation, Operations } from '../operation.ts';

const CONNECTED = `event: connected
data: {"connection_id":"g1-42","recovered":false,"cursor":"a1b2:4711","server_time":"2026-01-30T09:41:36.000Z","heartbeat_interval":30,"topics":["downloads"]}
`;
const PROGRESS = `id: a1b2:4712
event: download_progress
data: {"download_id":"${downloadExample.download_id}","status":"downloading","progress":42,"downloaded_bytes":440401920,"total_bytes":1048576000,"download_speed":12582912,"eta":48}
`;

const LAST_EVENT_ID = {
  'Last-Event-ID': {
    schema: z.string().max(200),
    description:
      'The id of the last frame that was received: the stream goes on after it, or says by `reset` that it cannot.',
  },
};

const STREAM_PROBLEMS: ProblemCode[] = ['NOT_ACCEPTABLE', 'REDIS_UNAVAILABLE', 'SSE_DISABLED', 'SSE_CAPACITY'];

const FRAMES =
  `Frames are \`id: <epoch>:<seq>\`, \`event:\` and one line of JSON in \`data:\`; what each event carries is listed
under \`x-events\`. It begins with \`connected\`, then \`reset\` if continuity cannot be proven, then \`snapshot\` if one is due,
then what was missed, then what happens. A page like this one shows nothing before a stream ends: use \`curl -N\`.`.replaceAll(
    '\n',
    ' ',
  );

function stream(operation: Pick<Operation, 'summary' | 'query' | 'params' | 'problems'>): Operation {
  return {
    tag: 'events',
    description: FRAMES,
    permission: 'read',
    takesToken: true,
    headers: LAST_EVENT_ID,
    answers: {
      200: {
        description: 'A stream that stays open',
        media: { 'text/event-stream': `${CONNECTED}\n${PROGRESS}\n` },
      },
    },
    ...operation,
  };
}

/** What the events service answers, on the same origin. */
export const eventOperations: Operations = {
  'GET /events/stream': stream({
    summary: 'Follow many topics on one connection',
    query: streamQuerySchema,
    problems: STREAM_PROBLEMS,
  }),
  'GET /events/downloads/:id': stream({
    summary: 'Follow one download',
    params: { id: downloadIdSchema },
    query: topicStreamQuerySchema,
    problems: [...STREAM_PROBLEMS, 'DOWNLOAD_NOT_FOUND'],
  }),
  'GET /events/queue': stream({
    summary: 'Follow the queue',
    query: queueStreamQuerySchema,
    problems: STREAM_PROBLEMS,
  }),
  'GET /events/system': stream({
    summary: 'Follow notifications of the system',
    query: topicStreamQuerySchema,
    problems: STREAM_PROBLEMS,
  }),
  'GET /events/test': {
    tag: 'events',
    summary: 'Events at a known pace',
    description: 'Whoever gets them all at once has a proxy in between that buffers.',
    permission: 'read',
    takesToken: true,
    query: testStreamQuerySchema,
    answers: {
      200: {
        description: 'So many events, and the end',
        media: { 'text/event-stream': 'event: test\ndata: {"n":1,"server_time":"2026-01-30T09:41:36.000Z"}\n\n' },
      },
    },
    problems: ['NOT_ACCEPTABLE', 'SSE_DISABLED', 'SSE_CAPACITY'],
  },
  'POST /events/token': {
    tag: 'events',
    summary: 'Make a short-lived token for one stream',
    description: 'For those who cannot send a header, such as EventSource: it goes into `?token=`.',
    permission: 'read',
    body: createTokenRequestSchema,
    bodyExample: { scope: 'queue', ttl: 300 },
    answers: {
      201: {
        description: 'The token',
        schema: createTokenResponseSchema,
        example: {
          token: 'hermes_stream_9fK2…',
          expires_at: '2026-01-30T09:46:00.000Z',
          scope: 'queue',
          ttl: 300,
        },
      },
    },
    problems: ['DOWNLOAD_NOT_FOUND', 'RATE_LIMITED', 'REDIS_UNAVAILABLE'],
  },
  'GET /events/connections': {
    tag: 'events',
    summary: 'List the open streams of all gateways',
    permission: 'admin',
    uncached: true,
    answers: {
      200: {
        description: 'The streams, and which gateways answered',
        schema: listConnectionsResponseSchema,
        example: {
          items: [
            {
              id: 'g1-42',
              gateway_id: 'g1',
              key_name: 'phone',
              address: '192.0.2.7',
              topics: ['downloads'],
              age: 12.5,
              bytes: 48_213,
              queue_depth: 0,
              conflated: 3,
            },
          ],
          gateways: { answered: ['g1'], silent: 0 },
        },
      },
    },
    problems: ['RATE_LIMITED', 'REDIS_UNAVAILABLE'],
  },
  'GET /events/health': {
    tag: 'events',
    summary: 'Whether streams can be had',
    permission: 'public',
    uncached: true,
    answers: {
      200: {
        description: 'Whether, and how many there are',
        schema: eventsHealthSchema,
        example: { enabled: true, active_connections: 3, max_connections: 1000, heartbeat_interval: 30 },
      },
    },
    problems: [],
  },
};
