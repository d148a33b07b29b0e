import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDownloadRequestSchema } from '@hermes/contracts';
import { Publisher, readDownload } from '@hermes/event-log';
import { createLogger, loadConfig, SecretBox } from '@hermes/runtime';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { TestRedis } from '../../../../tests/support/test-redis.ts';
import { CredentialMirror } from '../auth/credential-mirror.ts';
import { Credentials } from '../auth/credentials.ts';
import { DownloadStore } from '../database/download-store.ts';
import { openDatabase } from '../database/open-database.ts';
import { ApiMetrics } from '../metrics.ts';
import type { Service } from '../service.ts';
import { createDownload } from './create-download.ts';
import { DownloadQueue } from './download-queue.ts';

const REQUEST = createDownloadRequestSchema.parse({ url: 'https://example.com/a' });
const IDEMPOTENCY = { key: 'once', keyId: 'me' };
let home: string;
let redis: TestRedis;
let service: Service & { requestReconcile: ReturnType<typeof vi.fn<() => void>> };

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'hermes-api-'));
  redis = await TestRedis.start();
  const commands = await redis.connect('commands');
  const database = await openDatabase(join(home, 'hermes.db'), 64 * 1024 * 1024);
  service = {
    config: loadConfig({ HERMES_HOME: home }),
    logger: createLogger('test', 'silent'),
    sseEnabled: true,
    keys: redis.keys,
    redis: commands,
    publisher: new Publisher(commands, redis.keys),
    queue: new DownloadQueue(commands, redis.keys, new DownloadStore(database), () => {}),
    database,
    downloads: new DownloadStore(database),
    secretBox: new SecretBox(join(home, 'secret.key')),
    credentials: new Credentials(database),
    mirror: new CredentialMirror(commands, redis.keys),
    metrics: new ApiMetrics(() => 0),
    foldLog: async () => {},
    requestReconcile: vi.fn<() => void>(),
  };
});

afterEach(async () => {
  await service.queue.close();
  await service.database.destroy();
  await redis.close();
  await rm(home, { recursive: true, force: true });
});

it('leaves nothing behind when the log was not reached', async () => {
  vi.spyOn(service.publisher, 'createDownload').mockRejectedValueOnce(new Error("Stream isn't writeable"));
  await expect(createDownload(service, REQUEST, null)).rejects.toThrow(/writeable/);
  expect((await service.downloads.counts()).queued).toBe(0);
});

it('leaves nothing behind when the log refused it', async () => {
  vi.spyOn(service.publisher, 'createDownload').mockRejectedValueOnce(new Error('OOM command not allowed'));
  await expect(createDownload(service, REQUEST, null)).rejects.toThrow(/OOM/);
  expect((await service.downloads.counts()).queued).toBe(0);
});

it('finds the same download again when the answer of the log was lost', async () => {
  const { publisher } = service;
  const publish = publisher.createDownload.bind(publisher);
  vi.spyOn(publisher, 'createDownload').mockImplementationOnce(async (download) => {
    await publish(download);
    throw new Error('Command timed out');
  });
  await expect(createDownload(service, REQUEST, IDEMPOTENCY)).rejects.toThrow(/timed out/);
  expect(service.requestReconcile).toHaveBeenCalled();
  const { download_id } = await createDownload(service, REQUEST, IDEMPOTENCY);
  expect((await service.downloads.counts()).queued).toBe(1);
  expect((await readDownload(service.redis, redis.keys, download_id))?.status).toBe('queued');
});

it('has accepted what the log has, also when the queue does not take it yet', async () => {
  vi.spyOn(service.queue, 'add').mockRejectedValueOnce(new Error('Command timed out'));
  expect(await createDownload(service, REQUEST, null)).toMatchObject({ status: 'queued' });
  expect(service.requestReconcile).toHaveBeenCalled();
});

it('a repetition does not enqueue what is under way', async () => {
  const { download_id } = await createDownload(service, REQUEST, IDEMPOTENCY);
  await service.publisher.claimAttempt(download_id, {});
  await service.queue.remove([download_id]);
  const names = await service.redis.keys('*idempotency*');
  await service.redis.set(
    names[0] as string,
    ((await service.redis.get(names[0] as string)) as string).replace('true', 'false'),
  );
  const add = vi.spyOn(service.queue, 'add');
  expect(await createDownload(service, REQUEST, IDEMPOTENCY)).toEqual({ download_id, status: 'queued' });
  expect(add).not.toHaveBeenCalled();
});
