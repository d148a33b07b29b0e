import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { serveFile, sha256, TestOrigin, testBytes } from '../../../tests/support/test-origin.ts';
import { WorkerHarness } from './fixtures/worker-harness.ts';

const CONTENT = testBytes(1_000_000);

describe('a paused download', () => {
  let harness: WorkerHarness;
  let origin: TestOrigin;
  let id: string;
  let next = 0;

  beforeAll(async () => {
    [harness, origin] = await Promise.all([WorkerHarness.start(), TestOrigin.start()]);
    await harness.startWorker({ HERMES_PROGRESS_INTERVAL_MS: '50' });
  });
  afterAll(async () => {
    await origin.close();
    await harness.close();
  });

  beforeEach(async () => {
    id = `paused-${next++}`;
    origin.on(`/${id}`, serveFile(CONTENT, { etag: '"p"', bytesPerSecond: 300_000 }));
    await harness.enqueue({ download_id: id, url: origin.url(`/${id}`) });
    await harness.until(id, (download) => download.downloaded_bytes > 0);
  });

  const tell = (type: 'pause' | 'cancel') =>
    harness.commands.publish(harness.redis.keys.control, JSON.stringify({ type, download_id: id }));
  const pause = () => harness.publisher.publishStatus(id, 'current', 'paused', {});
  const resume = async () => {
    await harness.publisher.resumeDownload(id);
    await harness.requeue({ download_id: id, engine: 'http', url: origin.url(`/${id}`) });
  };
  const requests = () => origin.requests.filter(({ path }) => path === `/${id}`);

  it('stops when it is told, keeps what it has, and goes on from there', async () => {
    await pause();
    await tell('pause');
    await expect.poll(() => requests().every(({ ended }) => ended), { timeout: 5000 }).toBe(true);
    await expect.poll(() => harness.queue.getJob(id)).toBeUndefined();
    const paused = await harness.read(id);
    expect(paused.status).toBe('paused');
    expect(paused.downloaded_bytes).toBeGreaterThan(0);
    expect((await harness.incomplete()).some((name) => name.endsWith('.part'))).toBe(true);

    await resume();
    expect(await harness.untilFinal(id)).toMatchObject({ status: 'completed', result: { sha256: sha256(CONTENT) } });
    expect(requests()).toHaveLength(2);
    expect(requests()[1]?.headers.range).toMatch(/^bytes=[1-9]/);
    expect(await harness.statuses(id)).toEqual([
      ...['queued', 'downloading', 'paused', 'queued', 'downloading', 'processing', 'completed'],
    ]);
  });

  it('stops by itself if the message got lost', async () => {
    await pause();
    await expect.poll(() => requests().every(({ ended }) => ended), { timeout: 5000 }).toBe(true);
    await expect.poll(() => harness.queue.getJob(id)).toBeUndefined();
    expect((await harness.read(id)).status).toBe('paused');
  });

  it('goes on also if it was resumed before the worker had noticed', async () => {
    await pause();
    // The job of the last try still lies there: this adds none.
    await resume();
    await tell('pause');
    expect(await harness.untilFinal(id)).toMatchObject({ status: 'completed', result: { sha256: sha256(CONTENT) } });
  });

  it('is tried again also if it was cancelled and retried before the worker had noticed', async () => {
    await harness.publisher.publishStatus(id, 'current', 'cancelled', {});
    await harness.publisher.retryDownload(id, {}, null);
    await harness.requeue({ download_id: id, engine: 'http', url: origin.url(`/${id}`) });
    await tell('cancel');
    const { status, attempt } = await harness.untilFinal(id);
    expect(status).toBe('completed');
    // The message may come when the next try has begun: then that one asks the log, and goes on with another.
    expect(attempt).toBeGreaterThan(1);
  });

  it('is not claimed, although its job lies in the queue', async () => {
    await pause();
    await tell('pause');
    await expect.poll(() => harness.queue.getJob(id)).toBeUndefined();
    const { attempt } = await harness.read(id);
    await harness.requeue({ download_id: id, engine: 'http', url: origin.url(`/${id}`) });
    await expect.poll(() => harness.queue.getJob(id)).toBeUndefined();
    expect(await harness.read(id)).toMatchObject({ status: 'paused', attempt });
  });

  it('which was retried in the moment that it failed gets another job', async () => {
    origin.on('/gone', (_request, response) => void response.writeHead(404).end());
    // As soon as the log is told of the failure, somebody wants it again; the job has not ended yet.
    const subscriber = await harness.redis.connect('patient');
    let retried = false;
    subscriber.on('message', (_channel: string, text: string) => {
      if (retried || !text.includes('"key":"gone"') || !text.includes('"status":"failed"')) return;
      retried = true;
      void harness.publisher.retryDownload('gone', {}, null);
    });
    await subscriber.subscribe(harness.redis.keys.channel('download_status'));
    await harness.enqueue({ download_id: 'gone', url: origin.url('/gone') });
    await harness.until('gone', (download) => download.attempt === 2 && download.status === 'failed');
    expect(await harness.statuses('gone')).toEqual([
      ...['queued', 'downloading', 'failed', 'queued', 'downloading', 'failed'],
    ]);
  });
});
