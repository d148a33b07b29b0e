import {
  bulkActionRequestSchema,
  bulkActionResponseSchema,
  changeDownloadRequestSchema,
  createBatchRequestSchema,
  createBatchResponseSchema,
  type Download,
  downloadIdSchema,
  downloadSchema,
  type ProblemCode,
} from '@hermes/contracts';
import { acceptedExample, cancelledExample, downloadExample } from '../examples.ts';
import type { Operation, Operations } from '../operation.ts';
import { idempotencyHeader } from './download-operations.ts';

const id = downloadIdSchema;

/** What a person decides about downloads that are there. */
export const actionOperations: Operations = {
  'POST /download/:id/cancel': action({
    summary: 'Cancel a download',
    description:
      'The worker that has it stops within a second, and nothing of the file stays. Repeating it changes nothing.',
    example: cancelledExample,
    problems: ['DOWNLOAD_FINAL'],
  }),
  'POST /download/:id/pause': action({
    summary: 'Pause a download',
    description:
      'The worker that has it stops within a second; what has come so far stays, and is gone on from. Repeating it changes nothing.',
    example: { ...downloadExample, status: 'paused', download_speed: null, eta: null },
    problems: ['DOWNLOAD_FINAL', 'STATUS_CONFLICT'],
  }),
  'POST /download/:id/resume': action({
    summary: 'Resume a download',
    description:
      'It goes behind what waits with its priority. What is under way stays as it is; what waits for its next try is tried at once.',
    example: { ...downloadExample, status: 'queued', download_speed: null, eta: null },
    problems: ['DOWNLOAD_FINAL', 'STATUS_CONFLICT'],
  }),
  'POST /download/:id/retry': action({
    summary: 'Try a failed or cancelled download again',
    description:
      'Under the same id, as a new attempt, from what a failed one has left. What is under way stays as it is; what waits for its next try is tried at once.',
    example: {
      ...downloadExample,
      status: 'queued',
      progress: null,
      downloaded_bytes: 0,
      download_speed: null,
      eta: null,
    },
    problems: ['STATUS_CONFLICT'],
  }),
  'PATCH /download/:id': {
    ...{ tag: 'downloads', permission: 'download', params: { id } },
    summary: 'Change the priority or the place of a download',
    description:
      'With a priority it goes behind all that have it. A position (0: the next to begin) is one among those that wait; where its priority does not lead there, it gets the nearest that does.',
    body: changeDownloadRequestSchema,
    bodyExample: { position: 0 },
    answers: {
      200: {
        description: 'The download as it is now',
        schema: downloadSchema,
        example: { ...downloadExample, priority: 70 },
      },
    },
    problems: ['DOWNLOAD_NOT_FOUND', 'DOWNLOAD_FINAL', 'STATUS_CONFLICT', 'REDIS_UNAVAILABLE'],
  },
  'DELETE /download/:id': {
    ...{ tag: 'downloads', permission: 'download', params: { id } },
    summary: 'Remove a download',
    description:
      'From the queue and from the history; statistics keep what they have counted. One that has not ended is cancelled first, and what it has brought is removed. A finished file stays where it is.',
    answers: { 204: { description: 'It is gone' } },
    problems: ['DOWNLOAD_NOT_FOUND', 'STATUS_CONFLICT', 'REDIS_UNAVAILABLE'],
  },
  'POST /download/batch': {
    ...{ tag: 'downloads', permission: 'download' },
    summary: 'Add many downloads',
    description: 'Each is accepted or refused by itself; those accepted share one `session_id`.',
    headers: idempotencyHeader,
    body: createBatchRequestSchema,
    bodyExample: { urls: ['https://files.example.com/disk.iso', 'no URL'], duplicates: 'refuse' },
    answers: {
      202: {
        description: 'What became of each, in the order of the URLs',
        schema: createBatchResponseSchema,
        example: {
          session_id: 's1',
          items: [
            { ...acceptedExample, url: 'https://files.example.com/disk.iso' },
            { url: 'no URL', error: { code: 'VALIDATION_FAILED', message: 'must be an absolute http or https URL' } },
          ],
        },
      },
    },
    problems: ['IDEMPOTENCY_CONFLICT', 'REDIS_UNAVAILABLE'],
  },
  'POST /download/bulk': {
    ...{ tag: 'downloads', permission: 'download' },
    summary: 'Act on many downloads',
    description:
      'On those named, or on all that stand in a status (10,000 at a time, the oldest first): `{"action": "retry", "filter": {"status": ["failed"]}}` tries again what failed, `delete` of `completed`, `failed` and `cancelled` clears what has ended.',
    body: bulkActionRequestSchema,
    bodyExample: { action: 'retry', filter: { status: ['failed'] } },
    answers: {
      200: {
        description: 'What became of each, in the order of the ids',
        schema: bulkActionResponseSchema,
        example: { items: [acceptedExample], remaining: 0 },
      },
    },
    problems: ['REDIS_UNAVAILABLE'],
  },
};

interface Action {
  summary: string;
  description: string;
  example: Download;
  problems: readonly ProblemCode[];
}

function action({ summary, description, example, problems }: Action): Operation {
  return {
    ...{ tag: 'downloads', permission: 'download', summary, description, params: { id } },
    answers: { 200: { description: 'The download as it is now', schema: downloadSchema, example } },
    problems: ['DOWNLOAD_NOT_FOUND', 'REDIS_UNAVAILABLE', ...problems],
  };
}
