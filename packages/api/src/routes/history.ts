import { Readable } from 'node:stream';
import { historyExportQuerySchema, historyQuerySchema } from '@hermes/contracts';
import { validate } from '@hermes/runtime';
import type { FastifyInstance } from 'fastify';
import { EXPORT_FORMATS, exportHistory } from '../history/export-history.ts';
import { historyFilter } from '../history/history-filter.ts';
import { HistoryStore } from '../history/history-store.ts';
import { listHistory } from '../history/list-history.ts';
import { readStoredPosition } from '../projections/stored-position.ts';
import type { Service } from '../service.ts';
import { trueAsOf } from './true-as-of.ts';

export function historyRoutes(app: FastifyInstance, { database }: Service): void {
  const history = new HistoryStore(database);

  app.get('/history', { config: { permission: 'read' } }, async (request, reply) => {
    const query = validate(historyQuerySchema, request.query, 'query');
    const cursor = await readStoredPosition(database);
    return trueAsOf(reply, cursor).send(await listHistory(history, query));
  });

  app.get('/history/export', { config: { permission: 'read' } }, async (request, reply) => {
    const { format: name, ...query } = validate(historyExportQuerySchema, request.query, 'query');
    const filter = historyFilter(query);
    const format = EXPORT_FORMATS[name];
    const day = new Date().toISOString().slice(0, 10);
    // One page ahead of what the client has taken, and none once it is gone.
    const body = Readable.from(exportHistory(history, filter, format), { highWaterMark: 1 });
    return reply
      .type(format.contentType)
      .header('content-disposition', `attachment; filename="hermes-history-${day}.${name}"`)
      .header('cache-control', 'no-store')
      .send(body);
  });
}
