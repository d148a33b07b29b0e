import type { Cursor } from '@hermes/contracts';
import { readPosition } from '@hermes/event-log';
import { isRedisAway } from '@hermes/runtime';
import type { FastifyInstance } from 'fastify';
import { readStoredPosition } from '../projections/stored-position.ts';
import type { Service } from '../service.ts';
import type { StorageMonitor } from '../storage/storage-monitor.ts';
import { refuseQuery } from './refuse-query.ts';
import { trueAsOf } from './true-as-of.ts';

/** What the disk of the downloads holds. */
export function storageRoutes(app: FastifyInstance, service: Service, storage: StorageMonitor): void {
  app.get('/storage', { config: { permission: 'read' } }, async (request, reply) => {
    refuseQuery(request);
    // Before the data: whoever follows from there misses no `storage_update` that is newer.
    const cursor = await positionOf(service);
    const body = await storage.read();
    return trueAsOf(reply, cursor).send(body);
  });

  app.get('/storage/scan-status', { config: { permission: 'read' } }, async (request, reply) => {
    refuseQuery(request);
    return reply.send(storage.scan);
  });

  app.post('/storage/rescan', { config: { permission: 'write' } }, async (request, reply) => {
    refuseQuery(request);
    return reply.code(202).send(storage.rescan());
  });
}

async function positionOf({ redis, keys, database }: Service): Promise<Cursor> {
  try {
    return await readPosition(redis, keys);
  } catch (error) {
    if (!isRedisAway(error)) throw error;
    return readStoredPosition(database);
  }
}
