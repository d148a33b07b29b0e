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
} from '@hermes/contracts';
import { Publisher } from '@hermes/event-log';
import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { TestRedis } from '../../../../tests/support/test-redis.ts';
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
    const headers = { Authorization: 'Basic c2VjcmV0' };
    const id = await create({ filename: 'b.bin', priority: 70, headers });
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
      engine: 'http',
    });
    const job = await queue.getJob(id);
    expect(downloadJobSchema.parse(job?.data)).toEqual({
      download_id: id,
      url: URL_OF_FILE,
      filename: 'b.bin',
      engine: 'http',
      headers,
    });
    expect(job?.opts).toMatchObject({ priority: 31, attempts: 5, removeOnComplete: true, removeOnFail: true });
  });

  it.each([
    ['no body', undefined, 'body'],
    ['no URL', {}, 'body.url'],
    ['a URL that is none', { url: 'not a url' }, 'body.url'],
    ['another scheme', { url: 'file:///etc/passwd' }, 'body.url'],
    ['a password in the URL', { url: 'https://user:hunter2@example.com/a' }, 'body.url'],
    ['a user name in the URL', { url: 'https://user@example.com/a' }, 'body.url'],
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

  it('says where the password of a URL belongs', async () => {
    const answer = await api.call('POST', '/download', { body: { url: 'https://a:b@example.com/' } });
    expect(answer.json<Problem>().invalid_params?.[0]?.message).toMatch(/headers/);
  });

  it('refuses an engine that is not there', async () => {
    const answer = await api.call('POST', '/download', { body: { url: URL_OF_FILE, engine: 'yt-dlp' } });
    expect(answer.statusCode).toBe(400);
    expect(answer.json()).toMatchObject({ code: 'ENGINE_UNAVAILABLE' });
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
    await vi.waitFor(async () =>
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
    expect(second.body).toBe(first.body);
    expect(await queue.getJob(download_id)).toBeDefined();
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
    await vi.waitFor(async () =>
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

describe('GET /download/queue', () => {
  beforeEach(async () => {
    await Promise.all(
      (await list('?limit=100')).items.map((item) => api.call('POST', `/download/${item.download_id}/cancel`)),
    );
  });

  it('pages through what is open, oldest first, and skips nothing when an item leaves', async () => {
    const ids: string[] = [];
    for (let i = 0; i < 5; i++) ids.push(await create());
    const first = await list('?limit=2');
    expect(first.items.map((item) => item.download_id)).toEqual(ids.slice(0, 2));
    expect(first.total).toBe(5);
    expect(first.counts.queued).toBe(5);
    await api.call('POST', `/download/${ids[0]}/cancel`);
    const second = await list(`?limit=2&cursor=${first.next_cursor}`);
    expect(second.items.map((item) => item.download_id)).toEqual(ids.slice(2, 4));
    const third = await list(`?limit=2&cursor=${second.next_cursor}`);
    expect(third.items.map((item) => item.download_id)).toEqual(ids.slice(4));
    expect(third.next_cursor).toBeNull();
  });

  it('finds an open status', async () => {
    const [waiting, running] = [await create(), await create()];
    await publisher.claimAttempt(running, {});
    expect((await list('?status=downloading')).items.map((item) => item.download_id)).toEqual([running]);
    const queued = await list('?status=queued&status=paused');
    expect(queued.items.map((item) => item.download_id)).toEqual([waiting]);
    expect(queued.total).toBe(1);
  });

  it('pages through what has ended, newest first', async () => {
    const ids: string[] = [];
    for (let i = 0; i < 3; i++) {
      const id = await create();
      await complete(id);
      ids.unshift(id);
    }
    await vi.waitFor(async () => expect((await list('?status=completed&limit=1')).items[0]?.download_id).toBe(ids[0]));
    const first = await list('?status=completed&limit=2');
    const second = await list(`?status=completed&limit=2&cursor=${first.next_cursor}`);
    expect([...first.items, ...second.items].slice(0, 3).map((item) => item.download_id)).toEqual(ids);
    expect(first.total).toBe(first.counts.completed);
    expect((await list('?view=history&limit=1')).items[0]?.download_id).toBe(ids[0]);
  });

  it('mixes what runs, with its live progress, and what has ended', async () => {
    const id = await create();
    const { attempt } = await publisher.claimAttempt(id, { total_bytes: 1000 });
    await publisher.publishProgress(attempt, {
      download_id: id,
      status: 'downloading',
      progress: 42,
      downloaded_bytes: 420,
      total_bytes: 1000,
      download_speed: 7,
      eta: 3,
    });
    await vi.waitFor(async () => {
      const { items } = await list('?status=downloading,completed');
      expect(items[0]).toMatchObject({ download_id: id, status: 'downloading', progress: 42 });
      expect(items.length).toBeGreaterThan(1);
    });
  });

  it.each(['?limit=0', '?limit=101', '?status=done', '?cursor=nonsense', '?cursor=WzFd', '?sort=asc'])(
    'refuses %s',
    async (query) => {
      const answer = await api.call('GET', `/download/queue${query}`);
      expect(answer.statusCode).toBe(400);
      expect(answer.json<Problem>().invalid_params).toHaveLength(1);
    },
  );
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
    await vi.waitFor(() =>
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
    await vi.waitFor(async () => {
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
