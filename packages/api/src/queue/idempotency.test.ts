import {
  DOWNLOAD_QUEUE,
  type Download,
  downloadSchema,
  type ListDownloadsResponse,
  listDownloadsResponseSchema,
} from '@hermes/contracts';
import { Publisher } from '@hermes/event-log';
import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestRedis } from '../../../../tests/support/test-redis.ts';
import { eventually } from '../testing/eventually.ts';
import { startTestApi, type TestApi } from '../testing/test-api.ts';

const URL_OF_FILE = 'https://files.example.com/a.bin';
let redis: TestRedis;
let commands: Redis;
let publisher: Publisher;
let queue: Queue;
let api: TestApi;

beforeAll(async () => {
  redis = await TestRedis.start();
  commands = await redis.connect('commands');
  publisher = new Publisher(commands, redis.keys);
  queue = new Queue(DOWNLOAD_QUEUE, { connection: commands, prefix: redis.keys.bullPrefix });
  api = await startTestApi(redis.url);
});

afterAll(async () => {
  await api.close();
  await queue.close();
  await redis.close();
});

async function read(id: string): Promise<Download> {
  return downloadSchema.parse((await api.call('GET', `/download/${id}`)).json());
}

async function list(query = ''): Promise<ListDownloadsResponse> {
  return listDownloadsResponseSchema.parse((await api.call('GET', `/download/queue${query}`)).json());
}

async function complete(id: string): Promise<void> {
  const claim = await publisher.claimAttempt(id, { started_at: new Date().toISOString() });
  await publisher.publishStatus(id, claim.attempt, 'completed', {
    progress: 100,
    completed_at: new Date().toISOString(),
  });
}

describe('Idempotency-Key', () => {
  const post = (key: string, body: object, apiKey = api.adminKey) =>
    api.call('POST', '/download', { headers: { 'idempotency-key': key }, body, key: apiKey });

  it('makes one download of 20 identical requests at once', async () => {
    const { total } = await list();
    const answers = await Promise.all(Array.from({ length: 20 }, () => post('at-once', { url: URL_OF_FILE })));
    expect(answers.map((answer) => answer.statusCode)).toEqual(Array(20).fill(202));
    expect(new Set(answers.map((answer) => answer.body)).size).toBe(1);
    expect((await list()).total).toBe(total + 1);
  });

  it('gives the same answer later, also when the download has ended and Redis has forgotten it', async () => {
    const first = await post('later', { url: URL_OF_FILE, priority: 1, headers: { A: '1', B: '2' } });
    const { download_id } = first.json<{ download_id: string }>();
    await complete(download_id);
    await eventually(async () =>
      expect((await list('?status=completed')).items.map((item) => item.download_id)).toContain(download_id),
    );
    await commands.del(redis.keys.download(download_id));
    // Neither the order of properties nor a default that is written out makes it another request.
    const second = await post('later', { headers: { B: '2', A: '1' }, priority: 1, url: URL_OF_FILE });
    expect(second.body).toBe(first.body);
    expect((await read(download_id)).status).toBe('completed');
  });

  it('refuses a different request under the same key', async () => {
    await post('conflict', { url: URL_OF_FILE });
    const answer = await post('conflict', { url: `${URL_OF_FILE}?other` });
    expect(answer.statusCode).toBe(409);
    expect(answer.json()).toMatchObject({ code: 'IDEMPOTENCY_CONFLICT' });
  });

  it('is each credential’s own', async () => {
    const other = await api.newKey(['download']);
    const one = await post('own', { url: URL_OF_FILE });
    const two = await post('own', { url: `${URL_OF_FILE}?other` }, other.key);
    expect(two.statusCode).toBe(202);
    expect(two.body).not.toBe(one.body);
  });

  it('finishes what a crash after the first step left behind, as the same download', async () => {
    const first = await post('crash', { url: URL_OF_FILE });
    const { download_id } = first.json<{ download_id: string }>();
    // As if the process had ended right after the key was taken.
    const name = (await commands.keys('*idempotency*')).map(async (key) => [key, await commands.get(key)] as const);
    const [key, value] = (await Promise.all(name)).find(([, text]) => text?.includes(download_id)) ?? [];
    await commands.set(key as string, (value as string).replace('"done":true', '"done":false'));
    await queue.remove(download_id);
    const second = await post('crash', { url: URL_OF_FILE });
    expect(second.json()).toMatchObject({ download_id, status: 'queued' });
    expect(await queue.getJob(download_id)).toBeDefined();
  });
});
