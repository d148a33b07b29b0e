import { storageResponseSchema, storageScanSchema } from '@hermes/contracts';
import { storageExample, storageScanExample } from '../examples.ts';
import type { Operations } from '../operation.ts';

/** The disk below the download directory. */
export const storageOperations: Operations = {
  'GET /storage': {
    tag: 'storage',
    summary: 'What the disk of the downloads holds',
    description:
      'At once, from a snapshot. If that is out of date (`is_stale`) a newer one is being made, by one scan however many ask. Only the very first waits, for a while.',
    permission: 'read',
    answers: {
      200: {
        description: 'The newest snapshot; the space of the disk is as of the last few seconds',
        schema: storageResponseSchema,
        example: storageExample,
        headers: ['Hermes-Cursor'],
      },
    },
    problems: ['STORAGE_UNAVAILABLE'],
  },
  'GET /storage/scan-status': {
    tag: 'storage',
    summary: 'How the scan of the download directory stands',
    permission: 'read',
    answers: {
      200: { description: 'The scan that runs, or ran last', schema: storageScanSchema, example: storageScanExample },
    },
    problems: [],
  },
  'POST /storage/rescan': {
    tag: 'storage',
    summary: 'Scan the download directory',
    description: 'All of it, and not only what has changed; or joins the scan that runs.',
    permission: 'write',
    answers: {
      202: {
        description: 'The scan',
        schema: storageScanSchema,
        example: { ...storageScanExample, status: 'running', snapshot: 'scanning', finished_at: null },
      },
    },
    problems: [],
  },
};
