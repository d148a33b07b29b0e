import { type Download, downloadIdSchema, downloadSchema, type ProblemCode } from '@hermes/contracts';
import { cancelledExample, downloadExample } from '../examples.ts';
import type { Operation, Operations } from '../operation.ts';

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
