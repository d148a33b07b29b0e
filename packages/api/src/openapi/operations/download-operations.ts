import {
  createDownloadRequestSchema,
  createDownloadResponseSchema,
  downloadIdSchema,
  downloadSchema,
  listDownloadsQuerySchema,
  listDownloadsResponseSchema,
} from '@hermes/contracts';
import { idempotencyKeySchema } from '../../routes/downloads.ts';
import { acceptedExample, countsExample, downloadExample } from '../examples.ts';
import type { Operation, Operations } from '../operation.ts';

const id = downloadIdSchema;

export const idempotencyHeader = {
  'Idempotency-Key': {
    schema: idempotencyKeySchema,
    description: 'The same key and body give the same answer, and no download twice, however often they are sent.',
  },
} as const satisfies Operation['headers'];

/** Adding downloads, seeing and changing them. */
export const downloadOperations: Operations = {
  'POST /download': {
    tag: 'downloads',
    summary: 'Add a download',
    description:
      'It is accepted as soon as this answers: what happens from then on is told by the streams and the lists.',
    permission: 'download',
    headers: idempotencyHeader,
    body: createDownloadRequestSchema,
    bodyExample: { url: 'https://files.example.com/disk.iso', priority: 70 },
    answers: { 202: { description: 'Accepted', schema: createDownloadResponseSchema, example: acceptedExample } },
    problems: ['ENGINE_UNAVAILABLE', 'IDEMPOTENCY_CONFLICT', 'DUPLICATE_DOWNLOAD', 'REDIS_UNAVAILABLE'],
  },
  'GET /download/queue': {
    tag: 'downloads',
    summary: 'List downloads',
    description: 'Without `status`: everything that has not ended. Page by `next_cursor`.',
    permission: 'read',
    query: listDownloadsQuerySchema,
    answers: {
      200: {
        description: 'One page, and how many there are of each status',
        schema: listDownloadsResponseSchema,
        example: { items: [downloadExample], counts: countsExample, total: 3, next_cursor: null },
        headers: ['Hermes-Cursor'],
      },
    },
    problems: ['REDIS_UNAVAILABLE'],
  },
  'GET /download/:id': {
    tag: 'downloads',
    summary: 'See one download',
    permission: 'read',
    params: { id },
    answers: {
      200: {
        description: 'The download',
        schema: downloadSchema,
        example: downloadExample,
        headers: ['Hermes-Cursor'],
      },
    },
    problems: ['DOWNLOAD_NOT_FOUND'],
  },
};
