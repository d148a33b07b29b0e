import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import {
  bulkActionResponseSchema,
  createBatchResponseSchema,
  DOWNLOAD_QUEUE,
  type Download,
  downloadSchema,
} from '@hermes/contracts';
import { Publisher, readAfter } from '@hermes/event-log';
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
  await mkdir(join(api.home, 'downloads'), { recursive: true });
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

const directory = () => join(api.home, 'downloads');
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

describe('PATCH /download/{id}', () => {
  const patch = (id: string, body: object) => api.call('PATCH', `/download/${id}`, { body });
  const waiting = async () => {
    const { items } = (await api.call('GET', '/download/queue?status=queued&limit=100')).json();
    return items.map((item: Download) => item.download_id);
  };
  /** As the workers would take them. */
  const turns = async (ids: string[]) =>
    (await queue.getPrioritized()).map((job) => job.id).filter((id) => ids.includes(id ?? ''));

  it('changes priority and place, in the list as for the workers', async () => {
    await api.call('POST', '/download/bulk', { body: { action: 'cancel', filter: { status: ['queued', 'paused'] } } });
    const [a, b, c, d] = [await create(), await create(), await create({ priority: 60 }), await create()];
    expect(await waiting()).toEqual([c, a, b, d]);
    expect((await patch(d, { priority: 60 })).json()).toMatchObject({ download_id: d, priority: 60 });
    expect(await waiting()).toEqual([c, d, a, b]);
    expect((await patch(c, { position: 2 })).json()).toMatchObject({ priority: 50 });
    expect(await waiting()).toEqual([d, a, c, b]);
    expect((await patch(b, { priority: 90, position: 1 })).json()).toMatchObject({ priority: 60 });
    expect(await waiting()).toEqual([d, b, a, c]);
    expect(await turns([a, b, c, d])).toEqual([d, b, a, c]);
    // The same priority once more changes nothing.
    await patch(d, { priority: 60 });
    expect(await waiting()).toEqual([d, b, a, c]);
  });

  it('refuses what has no place', async () => {
    const [paused, ended] = [await create(), await create()];
    await act(paused, 'pause');
    await act(ended, 'cancel');
    expect((await patch(paused, { position: 0 })).json().code).toBe('STATUS_CONFLICT');
    expect((await patch(paused, { priority: 3 })).json()).toMatchObject({ status: 'paused', priority: 3 });
    expect((await patch(ended, { priority: 3 })).json().code).toBe('DOWNLOAD_FINAL');
    expect((await patch('never-was', { priority: 3 })).json().code).toBe('DOWNLOAD_NOT_FOUND');
  });
});

describe('DELETE /download/{id}', () => {
  const remove = (id: string) => api.call('DELETE', `/download/${id}`);

  it('removes what has ended from the lists, and leaves its file', async () => {
    const id = await create();
    await end(id, 'completed');
    await writeFile(join(directory(), 'whole.bin'), 'x');
    expect((await remove(id)).statusCode).toBe(204);
    expect((await api.call('GET', `/download/${id}`)).statusCode).toBe(404);
    expect((await api.call('GET', '/history?limit=100')).body).not.toContain(id);
    expect((await remove(id)).json().code).toBe('DOWNLOAD_NOT_FOUND');
    expect(await readdir(directory())).toContain('whole.bin');
  });

  it('cancels what runs first, tells its worker, and removes what was kept', async () => {
    const [running, paused] = [await create(), await create()];
    await publisher.claimAttempt(running, {});
    await act(paused, 'pause');
    await mkdir(join(directory(), '.incomplete', paused, '1'), { recursive: true });
    await untilTold(redis, { type: 'cancel', download_id: running }, () => remove(running));
    await untilTold(redis, { type: 'cancel', download_id: paused }, () => remove(paused));
    expect(await commands.zrange(redis.keys.removed, '0', '-1')).toEqual(expect.arrayContaining([running, paused]));
    expect(await readdir(join(directory(), '.incomplete'))).not.toContain(paused);
    expect((await api.call('GET', '/download/queue?limit=100')).body).not.toMatch(new RegExp(`${running}|${paused}`));
    const { events } = await readAfter(commands, redis.keys, 0);
    const told = events.filter(({ key }) => key === running).map(({ event, status }) => [event, status]);
    expect(told.slice(-3)).toEqual([
      ['download_status', 'cancelled'],
      ['queue_update', 'cancelled'],
      ['queue_update', null],
    ]);
  });
});

describe('POST /download/batch', () => {
  const batch = (body: object, headers = {}) => api.call('POST', '/download/batch', { body, headers });

  it('accepts and refuses each by itself, in their order, under one session', async () => {
    const urls = ['https://e.com/1', 'no URL', 'https://u:secret@e.com/2', 'ftp://e.com/3', 'https://u:p@'];
    const answer = await batch({ urls, priority: 60 });
    expect(answer.statusCode).toBe(202);
    expect(answer.body).not.toContain('secret');
    const { session_id, items } = createBatchResponseSchema.parse(answer.json());
    expect(items.map((item) => ('error' in item ? item.error.code : item.status))).toEqual([
      ...['queued', 'VALIDATION_FAILED', 'queued', 'VALIDATION_FAILED', 'VALIDATION_FAILED'],
    ]);
    const [first] = items;
    if (first === undefined || 'error' in first) throw new Error('refused');
    expect((await api.call('GET', `/download/${first.download_id}`)).json()).toMatchObject({
      session_id,
      priority: 60,
    });
    expect(await queue.getJobState(first.download_id)).toBe('prioritized');
  });

  it('has ids in their order, by which those of one moment are listed wherever they are', async () => {
    const urls = Array.from({ length: 40 }, (_, n) => `https://e.com/in-order/${n}`);
    const { items } = createBatchResponseSchema.parse((await batch({ urls, priority: 77 })).json());
    const ids = items.map((item) => ('error' in item ? item.error.code : item.download_id));
    expect(ids).toEqual([...ids].sort());
    const listed: Download[] = (await api.call('GET', '/download/queue?limit=100')).json().items;
    expect(listed.filter(({ priority }) => priority === 77).map((row) => row.download_id)).toEqual(ids);
  });

  it('with the same key gives the same answer, and nothing twice', async () => {
    const body = { urls: Array.from({ length: 500 }, (_, n) => `https://e.com/batch/${n}`) };
    const headers = { 'idempotency-key': 'batch-1' };
    const total = async () => (await api.call('GET', '/download/queue')).json().total;
    const before = await total();
    const first = await batch(body, headers);
    expect((await batch(body, headers)).json()).toEqual(first.json());
    expect(await total()).toBe(before + 500);
    expect((await batch({ urls: ['https://e.com/x'] }, headers)).json().code).toBe('IDEMPOTENCY_CONFLICT');
  });
});

describe('duplicates', () => {
  it('are added and told, or refused, as is wanted', async () => {
    const url = `https://files.example.com/duplicate/${next++}`;
    const add = async (body: object) => (await api.call('POST', '/download', { body: { url, ...body } })).json();
    const first = await add({ duplicates: 'refuse' });
    const refused = await add({ duplicates: 'refuse' });
    expect(refused).toMatchObject({ status: 409, code: 'DUPLICATE_DOWNLOAD' });
    expect(refused.detail).toContain(first.download_id);
    expect(await add({})).toMatchObject({ status: 'queued', duplicate_of: first.download_id });
    const { items } = (
      await api.call('POST', '/download/batch', { body: { urls: [url], duplicates: 'refuse' } })
    ).json();
    expect(items).toMatchObject([{ url, error: { code: 'DUPLICATE_DOWNLOAD' } }]);
    // Nothing is left of what was refused.
    const { body } = await api.call('GET', '/download/queue?limit=100&status=queued');
    expect(JSON.parse(body).items.filter((item: Download) => item.url === url).length).toBeLessThanOrEqual(2);
  });
});

describe('POST /download/bulk', () => {
  const bulk = async (body: object) =>
    bulkActionResponseSchema.parse((await api.call('POST', '/download/bulk', { body })).json());

  it('acts on each by itself, in their order', async () => {
    const [a, b, c] = [await create(), await create(), await create()];
    await end(b, 'completed');
    const { items } = await bulk({ action: 'pause', ids: [a, b, 'never-was', c, a] });
    expect(items).toMatchObject([
      { download_id: a, status: 'paused' },
      { download_id: b, error: { code: 'DOWNLOAD_FINAL' } },
      { download_id: 'never-was', error: { code: 'DOWNLOAD_NOT_FOUND' } },
      { download_id: c, status: 'paused' },
    ]);
  });

  it('tries again all that failed, and clears all that has ended', async () => {
    const ids = [await create(), await create(), await create()];
    for (const id of ids.slice(0, 2)) await end(id, 'failed');
    await end(ids[2] ?? '', 'completed');
    await queue.drain();
    const retried = await bulk({ action: 'retry', filter: { status: ['failed'] } });
    expect(retried.items).toEqual(
      expect.arrayContaining(ids.slice(0, 2).map((id) => ({ download_id: id, status: 'queued' }))),
    );
    expect(retried.remaining).toBe(0);
    expect(await queue.getJobState(ids[0] ?? '')).toBe('prioritized');
    await bulk({ action: 'delete', filter: { status: ['completed', 'failed', 'cancelled'] } });
    expect((await api.call('GET', '/history')).json().total).toBe(0);
    const { counts } = (await api.call('GET', '/download/queue')).json();
    expect(counts).toMatchObject({ completed: 0, failed: 0, cancelled: 0 });
  });

  it('takes thousands at once while others are answered', async () => {
    for (let at = 0; at < 6; at++) {
      const urls = Array.from({ length: 500 }, (_, n) => `https://e.com/bulk/${at}/${n}`);
      await api.call('POST', '/download/batch', { body: { urls } });
    }
    let done = false;
    let answered = 0;
    const acting = bulk({ action: 'cancel', filter: { status: ['queued'] } }).finally(() => {
      done = true;
    });
    while (!done) {
      expect((await api.call('GET', '/health')).statusCode).toBe(200);
      answered += 1;
      await setTimeout(1);
    }
    const { items } = await acting;
    expect(items.length).toBeGreaterThanOrEqual(3000);
    expect(items.every((item) => 'status' in item && item.status === 'cancelled')).toBe(true);
    expect(answered).toBeGreaterThan(5);
    expect(await queue.getJobCountByTypes('prioritized')).toBe(0);
  }, 30_000);
});

async function untilStored(id: string, status: string): Promise<void> {
  await eventually(async () => {
    const { items } = (await api.call('GET', `/download/queue?status=${status},completed&limit=100`)).json();
    expect(items.map((item: Download) => `${item.download_id} ${item.status}`)).toContain(`${id} ${status}`);
  });
}
