import { downloadIdSchema } from '@hermes/contracts';
import { readDownload } from '@hermes/event-log';
import { ProblemError } from '@hermes/runtime';
import type { FastifyInstance } from 'fastify';
import { fromRow } from '../database/download-rows.ts';
import { actOnDownloads } from '../queue/act-on-downloads.ts';
import type { Service } from '../service.ts';
import { refuseQuery } from './refuse-query.ts';

interface OneDownload {
  Params: { id: string };
}

/** What a person decides about downloads that are there. */
export function downloadActionRoutes(app: FastifyInstance, service: Service): void {
  for (const action of ['cancel', 'pause', 'resume', 'retry'] as const) {
    app.post<OneDownload>(`/download/:id/${action}`, { config: { permission: 'download' } }, async (request, reply) => {
      refuseQuery(request);
      const { id } = request.params;
      if (!downloadIdSchema.safeParse(id).success) throw new ProblemError('DOWNLOAD_NOT_FOUND');
      const [result] = await actOnDownloads(service, action, [id]);
      if (result?.error) throw result.error;
      const download = await readDownload(service.redis, service.keys, id);
      if (download !== null) return reply.send(download);
      const row = await service.downloads.find(id);
      if (row === null) throw new ProblemError('DOWNLOAD_NOT_FOUND');
      return reply.send(fromRow(row));
    });
  }
}
