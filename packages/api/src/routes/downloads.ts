import { type Cursor, createDownloadRequestSchema, type Download, listDownloadsQuerySchema } from '@hermes/contracts';
import { readDownload, readPosition } from '@hermes/event-log';
import { isRedisAway, ProblemError, validate } from '@hermes/runtime';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { fromRow } from '../database/download-rows.ts';
import { readStoredPosition } from '../projections/stored-position.ts';
import { createDownload } from '../queue/create-download.ts';
import { listDownloads } from '../queue/list-downloads.ts';
import type { Service } from '../service.ts';
import { refuseQuery } from './refuse-query.ts';
import { trueAsOf } from './true-as-of.ts';

/** What `Idempotency-Key` may hold. */
export const idempotencyKeySchema = z
  .string()
  .regex(/^[\x21-\x7e]{1,255}$/, 'must be 1 to 255 visible ASCII characters');

interface OneDownload {
  Params: { id: string };
}

export function downloadRoutes(app: FastifyInstance, service: Service): void {
  app.post('/download', { config: { permission: 'download' } }, async (request, reply) => {
    refuseQuery(request);
    const body = validate(createDownloadRequestSchema, request.body, 'body');
    if (body.engine === 'http' && body.format !== undefined) {
      const message = 'is for the engine "yt-dlp"';
      throw new ProblemError('VALIDATION_FAILED', {
        detail: `body.format ${message}`,
        invalidParams: [{ field: 'body.format', message }],
      });
    }
    const response = await createDownload(service, body, idempotencyOf(request));
    return reply.code(202).send(response);
  });

  app.get('/download/queue', { config: { permission: 'read' } }, async (request, reply) => {
    const query = validate(listDownloadsQuerySchema, request.query, 'query');
    const { cursor, body } = await listDownloads(service, query);
    return trueAsOf(reply, cursor).send(body);
  });

  app.get<OneDownload>('/download/:id', { config: { permission: 'read' } }, async (request, reply) => {
    refuseQuery(request);
    const { cursor, download } = await findDownload(service, request.params.id);
    return trueAsOf(reply, cursor).send(download);
  });
}

/** As the log has it, or the database where the log has forgotten it. @throws {ProblemError} DOWNLOAD_NOT_FOUND. */
export async function findDownload(service: Service, id: string): Promise<{ cursor: Cursor; download: Download }> {
  const { redis, keys } = service;
  try {
    const cursor = await readPosition(redis, keys);
    const download = await readDownload(redis, keys, id);
    if (download !== null) return { cursor, download };
  } catch (error) {
    if (!isRedisAway(error)) throw error;
  }
  const cursor = await readStoredPosition(service.database);
  const row = await service.downloads.find(id);
  if (row === null) throw new ProblemError('DOWNLOAD_NOT_FOUND');
  return { cursor, download: fromRow(row) };
}

/** The key that a request carries, and whose it is. */
export function idempotencyOf(request: FastifyRequest): { key: string; keyId: string } | null {
  const header = request.headers['idempotency-key'];
  if (header === undefined) return null;
  const key = validate(idempotencyKeySchema, header, 'headers.idempotency-key');
  return { key, keyId: request.credential?.key_id ?? '' };
}
