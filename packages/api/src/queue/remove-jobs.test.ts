import { join } from 'node:path';
import { queueRank } from '@hermes/contracts';
import { Publisher } from '@hermes/event-log';
import { createLogger } from '@hermes/runtime';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { TestRedis } from '../../../../tests/support/test-redis.ts';
import { DownloadStore } from '../database/download-store.ts';
import { openDatabase } from '../database/open-database.ts';
import type { Service } from '../service.ts';
import { newDownload } from '../testing/facts.ts';
import { DownloadQueue } from './download-queue.ts';
import { jobFor } from './enqueue-downloads.ts';
import { removeJobs, removeUnwantedJobs } from './remove-jobs.ts';

const IDS = ['queued', 'running', 'paused', 'cancelled', 'unknown'];
let server: TestRedis;
let service: Service;

beforeAll(async () => {
  server = await TestRedis.start();
  const { keys } = server;
  const redis = await server.connect('commands');
  const publisher = new Publisher(redis, keys);
  const downloads = new DownloadStore(await openDatabase(join(server.dir, 'hermes.db'), 2 ** 24, () => {}));
  const queue = new DownloadQueue(redis, keys, downloads, () => {});
  const logger = createLogger('api', 'silent');
  service = { redis, keys, publisher, queue, downloads, logger } as Partial<Service> as Service;
  for (const id of IDS.slice(0, -1)) await publisher.createDownload(newDownload(id, new Date().toISOString()));
  await publisher.claimAttempt('running', {});
  await publisher.publishStatus('paused', 'current', 'paused', {});
  await publisher.publishStatus('cancelled', 'current', 'cancelled', {});
});
afterAll(async () => {
  await service.queue.close();
  await server.close();
});

const addAll = () => service.queue.add(IDS.map((id) => ({ job: jobFor(newDownload(id, '')), rank: queueRank(50) })));
const withJob = async () => {
  const waiting = await service.redis.zrange(`${server.keys.bullPrefix}:downloads:prioritized`, '0', '-1');
  return waiting.sort();
};

it('gives its job back to what somebody resumed in between', async () => {
  await addAll();
  await removeJobs(service, IDS);
  expect(await withJob()).toEqual(['queued']);
});

it('leaves the jobs of what waits or runs, and no other', async () => {
  await addAll();
  await removeUnwantedJobs(service, IDS);
  expect(await withJob()).toEqual(['queued', 'running']);
});
