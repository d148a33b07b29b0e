import {
  historyExportQuerySchema,
  historyQuerySchema,
  historyResponseSchema,
  periodQuerySchema,
  statsSchema,
  timelineSchema,
  timelineSummarySchema,
} from '@hermes/contracts';
import { completedExample, statsExample, timelineExample, timelineSummaryExample } from '../examples.ts';
import type { Operations } from '../operation.ts';

/** What has ended, and numbers about it; all from projections, so that it can be a moment behind the streams. */
export const historyOperations: Operations = {
  'GET /history': {
    tag: 'history',
    summary: 'List what has ended',
    description: 'The newest first. Page by `next_cursor`.',
    permission: 'read',
    query: historyQuerySchema,
    answers: {
      200: {
        description: 'One page',
        schema: historyResponseSchema,
        example: { items: [completedExample], total: 1, next_cursor: null },
        headers: ['Hermes-Cursor'],
      },
    },
    problems: [],
  },
  'GET /history/export': {
    tag: 'history',
    summary: 'Export what has ended',
    description: 'The whole of it, sent as it is read.',
    permission: 'read',
    uncached: true,
    query: historyExportQuerySchema,
    answers: {
      200: {
        description: 'A file',
        media: {
          'text/csv':
            'download_id,status,url\n7b0c6f1e2a944d0f8d3b5c1a9e8f7d60,completed,https://files.example.com/disk.iso\n',
          'application/json': JSON.stringify([completedExample]),
          'application/x-ndjson': `${JSON.stringify(completedExample)}\n`,
        },
        headers: ['Content-Disposition'],
      },
    },
    problems: [],
  },
  'GET /stats': {
    tag: 'history',
    summary: 'Totals over a period',
    permission: 'read',
    query: periodQuerySchema,
    answers: {
      200: { description: 'The totals', schema: statsSchema, example: statsExample, headers: ['Hermes-Cursor'] },
    },
    problems: [],
  },
  'GET /timeline': {
    tag: 'history',
    summary: 'A period in buckets',
    description: 'Hours of a day, days of a week or month, months of a year; the oldest first, without holes.',
    permission: 'read',
    query: periodQuerySchema,
    answers: {
      200: { description: 'The buckets', schema: timelineSchema, example: timelineExample, headers: ['Hermes-Cursor'] },
    },
    problems: [],
  },
  'GET /timeline/summary': {
    tag: 'history',
    summary: 'A timeline in a few numbers',
    permission: 'read',
    query: periodQuerySchema,
    answers: {
      200: {
        description: 'The numbers',
        schema: timelineSummarySchema,
        example: timelineSummaryExample,
        headers: ['Hermes-Cursor'],
      },
    },
    problems: [],
  },
};
