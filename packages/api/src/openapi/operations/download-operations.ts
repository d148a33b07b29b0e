import {
  createDownloadRequestSchema,
  createDownloadResponseSchema,
  downloadIdSchema,
  downloadSchema,
  listDownloadsQuerySchema,
  listDownloadsResponseSchema,
} from '@hermes/contracts';
import { z } from 'zod';
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
    problems: ['IDEMPOTENCY_CONFLICT', 'DUPLICATE_DOWNLOAD', 'REDIS_UNAVAILABLE'],
  },
  'GET /download/queue': {
    tag: 'downloads',
    summary: 'List downloads',
    description:
      'Without `status`: everything that has not ended, in the order of the queue. With a status that is final: the newest first. While Redis is away: by age. Page by `next_cursor`: what leaves the queue meanwhile moves nothing else past the reader; what is moved by hand, and what gives way to it, may be missed or shown twice.',
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
  'GET /download/:id/file': {
    tag: 'downloads',
    summary: 'Fetch the file of a completed download',
    description:
      'Always as an attachment. A part of it by `Range`, with `If-Range` so that parts of two files are never joined.',
    permission: 'download',
    params: { id },
    headers: {
      Range: { schema: z.string(), description: 'As in `bytes=1000-`. Several ranges at once get the whole file.' },
      'If-Range': { schema: z.string(), description: 'The `ETag` or `Last-Modified` of the part that is there.' },
    },
    answers: {
      200: {
        description: 'The whole file, in the media type that its server gave it',
        media: { '*/*': 'the bytes of the file' },
        headers: ['Accept-Ranges', 'Content-Disposition', 'Last-Modified'],
      },
      206: {
        description: 'The part that was asked for',
        media: { '*/*': 'bytes of the file' },
        headers: ['Accept-Ranges', 'Content-Disposition', 'Content-Range', 'Last-Modified'],
      },
      412: { description: '`If-Match` or `If-Unmodified-Since` asks for another file' },
      416: { description: 'The file is shorter than the range', headers: ['Content-Range'] },
    },
    problems: ['DOWNLOAD_NOT_FOUND', 'STATUS_CONFLICT', 'FILE_GONE'],
  },
};
