import { type Period, periodQuerySchema } from '@hermes/contracts';
import { validate } from '@hermes/runtime';
import type { FastifyInstance } from 'fastify';
import type { Database } from '../database/open-database.ts';
import { readStoredPosition } from '../projections/stored-position.ts';
import type { Service } from '../service.ts';
import { readStats, readTimeline, readTimelineSummary } from '../stats/read-stats.ts';
import { trueAsOf } from './true-as-of.ts';

const READERS = {
  '/stats': readStats,
  '/timeline': readTimeline,
  '/timeline/summary': readTimelineSummary,
} satisfies Record<string, (database: Database, period: Period, now: Date) => Promise<object>>;

export function statsRoutes(app: FastifyInstance, { database }: Service): void {
  for (const [path, read] of Object.entries(READERS)) {
    app.get(path, { config: { permission: 'read' } }, async (request, reply) => {
      const { period } = validate(periodQuerySchema, request.query, 'query');
      const cursor = await readStoredPosition(database);
      return trueAsOf(reply, cursor).send(await read(database, period, new Date()));
    });
  }
}
