import { DOWNLOAD_QUEUE, type Download, downloadSchema } from '@hermes/contracts';
import { Publisher } from '@hermes/event-log';
import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestRedis } from '../../../../tests/support/test-redis.ts';
import { eventually } from '../testing/eventually.ts';
import { startTestApi, type TestApi } from '../testing/test-api.ts';
import { untilTold } from '../testing/until-told.ts';

let redis: TestRedis;
let commands: Redis;
let publisher: Publisher;
let queue: Queue;
let api: TestApi;
let next = 0;

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
  const url = `https://files.example.com/${next++}`;
  return (await api.call('POST', '/download', { body: { url, ...body } })).json().download_id;
}

const act = (id: string, action: string) => api.call('POST', `/download/${id}/${action}`);

async function done(id: string, action: string): Promise<Download> {
  const answer = await act(id, action);
  expect([answer.statusCode, answer.body]).toEqual([200, expect.any(String)]);
  return downloadSchema.parse(answer.json());
}

async function end(id: string, status: 'completed' | 'failed'): Promise<number> {
  const { attempt } = await publisher.claimAttempt(id, { started_at: new Date().toISOString() });
  await publisher.publishStatus(id, attempt, status, { completed_at: new Date().toISOString() });
  return attempt;
}

describe('pause and resume', () => {
  it('takes the job out and puts it back, and may be repeated', async () => {
    const id = await create({ priority: 70 });
    for (let i = 0; i < 2; i++) {
      expect(await done(id, 'pause')).toMatchObject({ status: 'paused' });
      expect(await queue.getJob(id)).toBeUndefined();
    }
    for (let i = 0; i < 2; i++) {
      expect(await done(id, 'resume')).toMatchObject({ status: 'queued', priority: 70 });
      expect(await queue.getJobState(id)).toBe('prioritized');
    }
  });

  it('tells the worker that holds it, and leaves the progress it has made', async () => {
    const id = await create();
    const { attempt } = await publisher.claimAttempt(id, {});
    await publisher.publishProgress(attempt, {
      ...{ download_id: id, status: 'downloading', progress: 40, downloaded_bytes: 4, total_bytes: 10 },
      ...{ download_speed: 7, eta: 1 },
    });
    await untilTold(redis, { type: 'pause', download_id: id }, () => act(id, 'pause'));
    expect(await done(id, 'pause')).toMatchObject({ progress: 40, downloaded_bytes: 4, download_speed: null });
  });

  it('resuming what is under way changes nothing', async () => {
    const id = await create();
    await publisher.claimAttempt(id, {});
    expect(await done(id, 'resume')).toMatchObject({ status: 'downloading' });
    expect(await done(id, 'retry')).toMatchObject({ status: 'downloading' });
  });

  it('resuming what waits for its next try starts it at once', async () => {
    const id = await create();
    await queue.remove(id);
    await queue.add('download', {}, { jobId: id, delay: 600_000 });
    await done(id, 'resume');
    expect(await queue.getJobState(id)).not.toBe('delayed');
  });
});

describe('retry', () => {
  it.each(['failed', 'cancelled'] as const)('queues what has %s again, under the same id', async (status) => {
    const id = await create({ headers: { 'x-a': 'b' } });
    if (status === 'failed') await end(id, 'failed');
    else await act(id, 'cancel');
    await queue.remove(id);
    const { attempt } = downloadSchema.parse((await api.call('GET', `/download/${id}`)).json());
    expect(await done(id, 'retry')).toMatchObject({ status: 'queued', attempt, error: null, completed_at: null });
    const job = await queue.getJob(id);
    expect(job?.data).toMatchObject({ download_id: id, with_secrets: true });
    expect(await commands.exists(redis.keys.secrets(id))).toBe(1);
    expect((await publisher.claimAttempt(id, {})).attempt).toBe(attempt + 1);
  });

  it('also when only the database still knows it', async () => {
    const id = await create({ priority: 30 });
    await end(id, 'failed');
    await untilStored(id, 'failed');
    await commands.del(redis.keys.download(id));
    expect(await done(id, 'retry')).toMatchObject({ status: 'queued', priority: 30 });
    await untilStored(id, 'queued');
  });
});

describe('what a status does not allow', () => {
  it.each([
    ['pause', 'completed', 'DOWNLOAD_FINAL'],
    ['resume', 'completed', 'DOWNLOAD_FINAL'],
    ['cancel', 'failed', 'DOWNLOAD_FINAL'],
    ['retry', 'completed', 'STATUS_CONFLICT'],
    ['retry', 'paused', 'STATUS_CONFLICT'],
    ['pause', 'processing', 'STATUS_CONFLICT'],
  ] as const)('%s of what is %s is refused', async (action, status, code) => {
    const id = await create();
    if (status === 'paused') await act(id, 'pause');
    else if (status === 'processing') {
      const { attempt } = await publisher.claimAttempt(id, {});
      await publisher.publishStatus(id, attempt, 'processing', {});
    } else await end(id, status);
    const answer = await act(id, action);
    expect([answer.statusCode, answer.json().code]).toEqual([409, code]);
    expect(answer.json().detail).toContain(status);
    if (status !== 'completed' && status !== 'failed') return;
    // The same is said when only the database knows it any more.
    await untilStored(id, status);
    await commands.del(redis.keys.download(id));
    expect((await act(id, action)).json().code).toBe(code);
  });

  it.each(['pause', 'resume', 'retry', 'cancel'])('%s knows nothing of what never was', async (action) => {
    for (const id of ['never-was', 'not%20an%20id', 'a.b']) {
      const answer = await act(id, action);
      expect([answer.statusCode, answer.json().code]).toEqual([404, 'DOWNLOAD_NOT_FOUND']);
    }
  });

  it('needs the permission to download', async () => {
    const { key } = await api.newKey(['read']);
    expect((await api.call('POST', '/download/x/pause', { key })).statusCode).toBe(403);
  });
});

async function untilStored(id: string, status: string): Promise<void> {
  await eventually(async () => {
    const { items } = (await api.call('GET', `/download/queue?status=${status},completed&limit=100`)).json();
    expect(items.map((item: Download) => `${item.download_id} ${item.status}`)).toContain(`${id} ${status}`);
  });
}
