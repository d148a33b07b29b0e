import {
  createDownloadResponseSchema,
  DOWNLOAD_QUEUE,
  type Download,
  downloadJobSchema,
  downloadSchema,
  type ListDownloadsResponse,
  listDownloadsResponseSchema,
  type Problem,
  problemSchema,
  queueRank,
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

async function create(body: object = {}): Promise<string> {
  const answer = await api.call('POST', '/download', { body: { url: URL_OF_FILE, ...body } });
  return createDownloadResponseSchema.parse(answer.json()).download_id;
}

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

describe('POST /download', () => {
  it('accepts a URL, enqueues it, and the download can be read at once', async () => {
    const id = await create({ filename: 'b.bin', priority: 70 });
    const answer = await api.call('GET', `/download/${id}/`);
    expect(answer.statusCode).toBe(200);
    expect(answer.headers['hermes-cursor']).toMatch(/^\w+:[1-9]\d*$/);
    expect(downloadSchema.parse(answer.json())).toMatchObject({
      download_id: id,
      url: URL_OF_FILE,
      filename: 'b.bin',
      priority: 70,
      status: 'queued',
      progress: null,
      // The worker will say.
      engine: null,
    });
    const job = await queue.getJob(id);
    expect(downloadJobSchema.parse(job?.data)).toEqual({
      download_id: id,
      url: URL_OF_FILE,
      filename: 'b.bin',
    });
    expect(job?.opts).toMatchObject({
      priority: queueRank(70),
      attempts: 5,
      removeOnComplete: true,
      removeOnFail: true,
    });
  });

  it.each([
    ['no body', undefined, 'body'],
    ['no URL', {}, 'body.url'],
    ['a URL that is none', { url: 'not a url' }, 'body.url'],
    ['another scheme', { url: 'file:///etc/passwd' }, 'body.url'],
    [
      'a password in the URL beside one in the headers',
      { url: 'https://user:hunter2@example.com/a', headers: { authorization: 'Basic hunter2' } },
      'body.url',
    ],
    ['a user name with a colon', { url: 'https://us%3Aer:hunter2@example.com/a' }, 'body.url'],
    ['a password that is no UTF-8', { url: 'https://user:hunter2%ff@example.com/a' }, 'body.url'],
    ['a path for a name', { url: URL_OF_FILE, filename: '../../etc/passwd' }, 'body.filename'],
    ['a priority out of range', { url: URL_OF_FILE, priority: 101 }, 'body.priority'],
    ['a header that the engine sets', { url: URL_OF_FILE, headers: { Host: 'x' } }, 'body.headers.Host'],
    ['a property that is not known', { url: URL_OF_FILE, uri: 'x' }, 'body.uri'],
  ])('refuses %s and names the field', async (_, body, field) => {
    const before = (await list()).total;
    const answer = await api.call('POST', '/download', {
      body,
      ...(body === undefined ? { headers: { 'content-type': 'application/json' } } : {}),
    });
    expect(answer.statusCode).toBe(400);
    expect(answer.headers['content-type']).toMatch('application/problem+json');
    const problem = problemSchema.parse(answer.json());
    expect(problem.code).toBe('VALIDATION_FAILED');
    if (body !== undefined) expect(problem.invalid_params?.map((param) => param.field)).toContain(field);
    expect(answer.body).not.toContain('hunter2');
    expect((await list()).total).toBe(before);
  });

  it('hands on the engine that was asked for, and takes a format for a wish for yt-dlp', async () => {
    const wishes = [{ engine: 'http' }, { engine: 'yt-dlp' }, { format: 'bv*[height<=1080]+ba/b' }];
    for (const wish of wishes) {
      const id = await create(wish);
      const job = await queue.getJob(id);
      expect(downloadJobSchema.parse(job?.data)).toMatchObject({ engine: 'yt-dlp', ...wish });
    }
  });

  it.each([
    { engine: 'http', format: 'best' },
    { format: '-' },
    { format: '--exec=id' },
    { format: 'a\nb' },
    { format: '' },
  ])('refuses %j, naming the field', async (wish) => {
    const answer = await api.call('POST', '/download', { body: { url: URL_OF_FILE, ...wish } });
    expect(answer.statusCode).toBe(400);
    expect(answer.json<Problem>().invalid_params?.map(({ field }) => field)).toEqual(['body.format']);
  });

  it.each([
    ['a query', '/download?x=1', {}, { url: URL_OF_FILE }, 400, 'VALIDATION_FAILED'],
    ['another media type', '/download', { 'content-type': 'text/xml' }, '<url/>', 415, 'UNSUPPORTED_MEDIA_TYPE'],
    ['JSON that is none', '/download', { 'content-type': 'application/json' }, '{"url":', 400, 'VALIDATION_FAILED'],
    ['too much', '/download', {}, { url: 'x'.repeat(1_100_000) }, 413, 'PAYLOAD_TOO_LARGE'],
    [
      'a wrong Idempotency-Key',
      '/download',
      { 'idempotency-key': 'a b' },
      { url: URL_OF_FILE },
      400,
      'VALIDATION_FAILED',
    ],
  ])('refuses %s', async (_, path, headers, body, status, code) => {
    const answer = await api.call('POST', path, { headers, body });
    expect(answer.statusCode).toBe(status);
    expect(problemSchema.parse(answer.json()).code).toBe(code);
  });

  it('says which methods an address takes', async () => {
    const answer = await api.call('PUT', '/download', { body: {} });
    expect(answer.statusCode).toBe(405);
    expect(answer.headers.allow).toBe('POST');
    expect(answer.json()).toMatchObject({ code: 'METHOD_NOT_ALLOWED' });
  });
});

describe('GET /download/{id}', () => {
  it.each(['nobody-knows-it', 'not%20an%20id', 'a.b'])('knows nothing of %s', async (id) => {
    const answer = await api.call('GET', `/download/${id}`);
    expect(answer.statusCode).toBe(404);
    expect(answer.json()).toMatchObject({ code: 'DOWNLOAD_NOT_FOUND' });
  });

  it('is served from the database when Redis has forgotten it', async () => {
    const id = await create();
    await complete(id);
    await eventually(async () =>
      expect((await list('?status=completed')).items.some((item) => item.download_id === id)).toBe(true),
    );
    const inRedis = await read(id);
    await commands.del(redis.keys.download(id));
    const answer = await api.call('GET', `/download/${id}`);
    expect(answer.json()).toEqual(inRedis);
    expect(answer.headers['hermes-cursor']).toMatch(/^\w+:\d+$/);
  });

  it('refuses a query', async () => {
    expect((await api.call('GET', '/download/x?y=1')).statusCode).toBe(400);
  });
});

describe('POST /download/{id}/cancel', () => {
  it('cancels what waits, takes its job out, and may be repeated', async () => {
    const id = await create();
    const answer = await api.call('POST', `/download/${id}/cancel`);
    expect(answer.statusCode).toBe(200);
    const download = downloadSchema.parse(answer.json());
    expect(download).toMatchObject({ download_id: id, status: 'cancelled' });
    expect(download.completed_at).not.toBeNull();
    expect(await queue.getJob(id)).toBeUndefined();
    const again = await api.call('POST', `/download/${id}/cancel`);
    expect(again.statusCode).toBe(200);
    expect(again.json()).toEqual(download);
  });

  it('tells the worker that holds it', async () => {
    const id = await create();
    await publisher.claimAttempt(id, {});
    const messages: string[] = [];
    const subscriber = await redis.connect('patient');
    subscriber.on('message', (_channel, message: string) => messages.push(message));
    await subscriber.subscribe(redis.keys.control);
    await api.call('POST', `/download/${id}/cancel`);
    await eventually(() =>
      expect(messages.map((text) => JSON.parse(text))).toContainEqual({ type: 'cancel', download_id: id }),
    );
  });

  it('refuses what has ended', async () => {
    const id = await create();
    await complete(id);
    const answer = await api.call('POST', `/download/${id}/cancel`);
    expect(answer.statusCode).toBe(409);
    expect(answer.json()).toMatchObject({ code: 'DOWNLOAD_FINAL' });
  });

  it('also when only the database still knows it', async () => {
    const [completed, cancelled, lost] = [await create(), await create(), await create()];
    await complete(completed);
    await api.call('POST', `/download/${cancelled}/cancel`);
    await eventually(async () => {
      const ended = (await list('?view=history&limit=100')).items.map((item) => item.download_id);
      expect(ended).toEqual(expect.arrayContaining([completed, cancelled]));
    });
    await commands.del(...[completed, cancelled, lost].map((id) => redis.keys.download(id)));
    expect((await api.call('POST', `/download/${completed}/cancel`)).statusCode).toBe(409);
    expect((await api.call('POST', `/download/${cancelled}/cancel`)).statusCode).toBe(200);
    expect((await api.call('POST', `/download/${lost}/cancel`)).json()).toMatchObject({ status: 'cancelled' });
  });

  it('knows nothing of what never was', async () => {
    const answer = await api.call('POST', '/download/never-was/cancel');
    expect(answer.statusCode).toBe(404);
    expect(answer.json()).toMatchObject({ code: 'DOWNLOAD_NOT_FOUND' });
  });
});
