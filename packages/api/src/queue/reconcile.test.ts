import { type Counts, DOWNLOAD_QUEUE, type Download, type ListDownloadsResponse, queueRank } from '@hermes/contracts';
import { Publisher, readCounts, readDownload, readPosition } from '@hermes/event-log';
import { hashSecret } from '@hermes/runtime';
import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TestRedis } from '../../../../tests/support/test-redis.ts';
import { copyData } from '../../../event-log/src/fixtures/data-copy.ts';
import { eventually } from '../testing/eventually.ts';
import { startTestApi, type TestApi } from '../testing/test-api.ts';

let redis: TestRedis;
let commands: Redis;
let publisher: Publisher;
let queue: Queue;
let api: TestApi;

beforeEach(async () => {
  redis = await TestRedis.start();
  await connect();
  api = await startTestApi(redis.url);
});

afterEach(async () => {
  await api.close();
  await queue.close();
  await redis.close();
});

async function connect(): Promise<void> {
  commands = await redis.connect('commands');
  publisher = new Publisher(commands, redis.keys);
  queue = new Queue(DOWNLOAD_QUEUE, { connection: commands, prefix: redis.keys.bullPrefix });
  // It is stopped and started here.
  queue.on('error', () => {});
}

async function create(body: object = {}): Promise<string> {
  const answer = await api.call('POST', '/download', { body: { url: 'https://example.com/a', ...body } });
  return answer.json<{ download_id: string }>().download_id;
}

async function end(id: string, status: 'completed' | 'failed'): Promise<void> {
  const { attempt } = await publisher.claimAttempt(id, {});
  await publisher.publishStatus(id, attempt, status, { completed_at: new Date().toISOString() });
}

const read = async (id: string) => (await api.call('GET', `/download/${id}`)).json<Download>();

/** Of the database: what has ended is listed from there. */
async function untilFolded(counts: Partial<Counts>): Promise<void> {
  await eventually(async () => {
    const answer = await api.call('GET', '/download/queue?view=history');
    expect(answer.json<ListDownloadsResponse>().counts).toMatchObject(counts);
  });
}

describe('reconciliation', () => {
  it('a FLUSHALL forgets no download, no credential and no count', async () => {
    const headers = { Authorization: 'Bearer secret' };
    const waiting = await create({ headers, priority: 80 });
    const running = await create();
    await publisher.claimAttempt(running, { started_at: new Date().toISOString() });
    await end(await create(), 'completed');
    await end(await create(), 'failed');
    await untilFolded({ queued: 1, downloading: 1, completed: 1, failed: 1 });
    const before = await readPosition(commands, redis.keys);

    await commands.flushall();

    await eventually(async () => {
      expect(await queue.getJob(waiting)).toBeDefined();
      expect(await queue.getJob(running)).toBeDefined();
      expect(await readCounts(commands, redis.keys)).toMatchObject({
        queued: 2,
        downloading: 0,
        completed: 1,
        failed: 1,
      });
      expect(await commands.hexists(redis.keys.credentials, hashSecret(api.adminKey))).toBe(1);
    });
    expect((await readPosition(commands, redis.keys)).epoch).not.toBe(before.epoch);
    // With everything that the worker must be told.
    const job = await queue.getJob(waiting);
    expect(job?.data).toMatchObject({ with_secrets: true });
    expect(job?.opts.priority).toBe(queueRank(80));
    // The worker that held it before the flush is fenced by the next attempt.
    expect(await readDownload(commands, redis.keys, running)).toMatchObject({ status: 'queued', attempt: 1 });
    expect((await publisher.claimAttempt(running, {})).attempt).toBe(2);
    expect(await publisher.publishStatus(running, 1, 'completed', {})).toMatchObject({
      accepted: false,
      reason: 'stale',
    });
    await untilFolded({ queued: 1, downloading: 1, completed: 1, failed: 1 });
  });

  it('a download that was accepted and not enqueued is enqueued at the next start', async () => {
    const id = await create();
    await api.stop();
    await queue.remove(id);
    api = await startTestApi(redis.url, { home: api.home });
    await eventually(async () => expect(await queue.getJob(id)).toBeDefined());
  });

  it('a download whose worker was killed before it had added the next job is given one', async () => {
    await api.stop();
    api = await startTestApi(redis.url, { home: api.home, jobCheckMs: 50 });
    const [id, paused] = [await create(), await create()];
    await api.call('POST', `/download/${paused}/pause`);
    await publisher.claimAttempt(id, {});
    await publisher.publishStatus(id, 1, 'queued', {});
    // As long as it takes: the reconciliation of the start may be at work still.
    await eventually(async () => {
      await queue.remove(id);
      expect(api.log()).toContain('downloads have no job');
    });
    await eventually(async () => expect(await queue.getJob(id)).toBeDefined());
    // Not what nobody waits for.
    expect(await queue.getJob(paused)).toBeUndefined();
  });

  it('a download that reached the database and not the log is finished at the next start', async () => {
    const id = await create();
    await api.stop();
    // As if the process had ended between the two, with another Redis.
    await commands.flushall();
    api = await startTestApi(redis.url, { home: api.home });
    await eventually(async () => expect(await queue.getJob(id)).toBeDefined());
    expect((await readDownload(commands, redis.keys, id))?.status).toBe('queued');
  });

  it('what ended while the API was down is not downloaded again', async () => {
    const id = await create();
    await untilFolded({ queued: 1 });
    await api.stop();
    await queue.remove(id);
    await end(id, 'completed');
    // Redis forgets the record an hour after the end; the fact stays.
    await commands.del(redis.keys.download(id));
    api = await startTestApi(redis.url, { home: api.home });
    await untilFolded({ queued: 0, completed: 1 });
    expect((await read(id)).status).toBe('completed');
    expect(await queue.getJob(id)).toBeUndefined();
  });

  it('what ended is known by its record when the facts are gone', async () => {
    const id = await create();
    await untilFolded({ queued: 1 });
    await api.stop();
    await end(id, 'failed');
    await commands.del(redis.keys.facts);
    api = await startTestApi(redis.url, { home: api.home });
    await untilFolded({ queued: 0, failed: 1 });
  });

  it('is not held up by a record that is none', async () => {
    const [broken, waiting] = [await create(), await create()];
    await untilFolded({ queued: 2 });
    await api.stop();
    await queue.remove(waiting);
    await commands.hset(redis.keys.download(broken), 'progress', '"much"');
    api = await startTestApi(redis.url, { home: api.home });
    await eventually(async () => expect(await queue.getJob(waiting)).toBeDefined());
    expect(api.log()).toContain('cannot be read');
  });

  it('an empty database learns what Redis knows', async () => {
    const [open, ended] = [await create(), await create()];
    await end(ended, 'completed');
    await api.close();
    // The facts are gone as well.
    await commands.del(redis.keys.facts);
    api = await startTestApi(redis.url);
    await untilFolded({ queued: 1 });
    expect((await read(open)).status).toBe('queued');
    expect(await queue.getJob(open)).toBeDefined();
  });

  it('what ended, and a rolled-back Redis holds for open, is closed there', async () => {
    const [ended, open] = [await create(), await create()];
    await untilFolded({ queued: 2 });
    const backup = await copyData(redis);
    await end(ended, 'completed');
    await untilFolded({ queued: 1, completed: 1 });

    await backup.restore();
    await backup.remove();
    await connect();

    await eventually(async () => {
      expect((await readDownload(commands, redis.keys, ended))?.status).toBe('completed');
      expect(await queue.getJob(ended)).toBeUndefined();
      expect(await readCounts(commands, redis.keys)).toMatchObject({ queued: 1, completed: 1 });
    });
    expect((await readDownload(commands, redis.keys, open))?.status).toBe('queued');
    expect((await read(ended)).status).toBe('completed');
  });
});
