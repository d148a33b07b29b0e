import {
  bulkActionRequestSchema,
  changeDownloadRequestSchema,
  createBatchRequestSchema,
  downloadIdSchema,
} from '@hermes/contracts';
import { readDownload } from '@hermes/event-log';
import { ProblemError, validate } from '@hermes/runtime';
import type { FastifyInstance } from 'fastify';
import { fromRow } from '../database/download-rows.ts';
import { actInBulk } from '../queue/act-in-bulk.ts';
import { actOnDownloads } from '../queue/act-on-downloads.ts';
import { changeDownload } from '../queue/change-download.ts';
import { createBatch } from '../queue/create-batch.ts';
import type { Service } from '../service.ts';
import { idempotencyOf } from './downloads.ts';
import { refuseQuery } from './refuse-query.ts';

interface OneDownload {
  Params: { id: string };
}

const config = { permission: 'download' } as const;

/** What a person decides about downloads that are there, and many new ones at once. */
export function downloadActionRoutes(app: FastifyInstance, service: Service): void {
  for (const action of ['cancel', 'pause', 'resume', 'retry'] as const) {
    app.post<OneDownload>(`/download/:id/${action}`, { config }, async (request, reply) => {
      refuseQuery(request);
      const id = knownId(request.params.id);
      const [result] = await actOnDownloads(service, action, [id]);
      if (result?.error) throw result.error;
      const download = await readDownload(service.redis, service.keys, id);
      if (download !== null) return reply.send(download);
      const row = await service.downloads.find(id);
      if (row === null) throw new ProblemError('DOWNLOAD_NOT_FOUND');
      return reply.send(fromRow(row));
    });
  }

  app.patch<OneDownload>('/download/:id', { config }, async (request, reply) => {
    refuseQuery(request);
    const change = validate(changeDownloadRequestSchema, request.body, 'body');
    return reply.send(await changeDownload(service, knownId(request.params.id), change));
  });

  app.delete<OneDownload>('/download/:id', { config }, async (request, reply) => {
    refuseQuery(request);
    const [result] = await actOnDownloads(service, 'delete', [knownId(request.params.id)]);
    if (result?.error) throw result.error;
    return reply.code(204).send();
  });

  app.post('/download/batch', { config }, async (request, reply) => {
    refuseQuery(request);
    const body = validate(createBatchRequestSchema, request.body, 'body');
    return reply.code(202).send(await createBatch(service, body, idempotencyOf(request)));
  });

  app.post('/download/bulk', { config }, async (request, reply) => {
    refuseQuery(request);
    return reply.send(await actInBulk(service, validate(bulkActionRequestSchema, request.body, 'body')));
  });
}

/** What cannot be an id goes no further: into no key, no path. */
function knownId(text: string): string {
  if (!downloadIdSchema.safeParse(text).success) throw new ProblemError('DOWNLOAD_NOT_FOUND');
  return text;
}
