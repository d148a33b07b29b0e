import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { DOWNLOAD_QUEUE } from '@hermes/contracts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { serveFile, sha256, TestOrigin, testBytes } from '../../../tests/support/test-origin.ts';
import { WorkerHarness } from './fixtures/worker-harness.ts';

const run = promisify(execFile);

describe('a worker and what fails around it', () => {
  let harness: WorkerHarness;
  let origin: TestOrigin;

  beforeEach(async () => {
    [harness, origin] = await Promise.all([WorkerHarness.start(), TestOrigin.start()]);
  });
  afterEach(async () => {
    await origin.close();
    await harness.close();
  });

  it('closing gives downloads back with what they have; the next worker goes on at once', async () => {
    const content = testBytes(2_000_000);
    origin.on('/file', serveFile(content, { etag: '"1"', bytesPerSecond: 1_500_000 }));
    const first = await harness.startWorker();
    const id = await harness.enqueue({ url: origin.url('/file') });
    await harness.until(id, (download) => download.downloaded_bytes > 500_000);
    await first.close();
    expect(await harness.read(id)).toMatchObject({ status: 'queued', error: null, download_speed: null });
    expect(await harness.queue.getJobCounts('wait', 'active')).toEqual({ wait: 1, active: 0 });
    await harness.startWorker();
    expect(await harness.untilFinal(id)).toMatchObject({ status: 'completed', result: { sha256: sha256(content) } });
    expect(origin.requests[1]?.headers.range).toMatch(/^bytes=\d+-$/);
  });

  it('downloads on while Redis is away, and tells it all when it is back', async () => {
    const content = testBytes(3_000_000);
    origin.on('/file', serveFile(content, { etag: '"1"', bytesPerSecond: 2_000_000 }));
    await harness.startWorker({}, { lock: 10_000 });
    const id = await harness.enqueue({ url: origin.url('/file') });
    await harness.until(id, (download) => download.downloaded_bytes > 500_000);
    await harness.redis.stop();
    // All of it comes while nobody can be told.
    await expect.poll(() => origin.requests[0]?.sentBytes, { timeout: 10_000 }).toBe(content.length);
    await harness.redis.restart();
    const download = await harness.untilFinal(id);
    expect(download).toMatchObject({ status: 'completed', attempt: 1, result: { sha256: sha256(content) } });
    expect(origin.requests).toHaveLength(1);
    expect(await harness.statuses(id)).toEqual(['queued', 'downloading', 'processing', 'completed']);
  });

  it('closes in bounded time while Redis is away, and the download is taken up again', async () => {
    const content = testBytes(2_000_000);
    origin.on('/file', serveFile(content, { etag: '"1"', bytesPerSecond: 1_000_000 }));
    const first = await harness.startWorker({}, { close: 500 });
    const id = await harness.enqueue({ url: origin.url('/file') });
    await harness.until(id, (download) => download.downloaded_bytes > 300_000);
    await harness.redis.stop();
    await first.close();
    await harness.redis.restart();
    await harness.startWorker();
    expect(await harness.untilFinal(id)).toMatchObject({ status: 'completed', result: { sha256: sha256(content) } });
    expect(origin.requests).toHaveLength(2);
  });

  it('a full disk fails the download, keeps what there is, and raises an alert', async ({ skip }) => {
    const disk = join(harness.dir, 'disk');
    await mkdir(disk);
    try {
      await run('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', disk]);
    } catch {
      skip('a file system of its own may not be mounted here');
    }
    try {
      origin.on('/file', serveFile(testBytes(3_000_000), { etag: '"1"' }));
      const worker = await harness.startWorker({ HERMES_DOWNLOAD_DIR: disk });
      const id = await harness.enqueue({ url: origin.url('/file') });
      const download = await harness.untilFinal(id);
      expect(download).toMatchObject({ status: 'failed', attempt: 1, error: { code: 'DISK_FULL' } });
      expect(await harness.incomplete(disk)).toContain(join(id, '1', 'file.part'));
      await expect.poll(() => harness.notifications()).toMatchObject([{ level: 'error', code: 'DISK_FULL' }]);
      await worker.close();
    } finally {
      await run('umount', [disk]);
    }
  });

  it('recognises the file that a worker had placed when it was killed before it could tell', async () => {
    const content = testBytes(100_000);
    origin.on('/file', serveFile(content, { etag: '"1"' }));
    const id = await harness.enqueue({ url: origin.url('/file') });
    await harness.placeWithoutTelling(id, origin.url('/file'), content);
    await harness.startWorker();
    expect(await harness.untilFinal(id)).toMatchObject({
      status: 'completed',
      attempt: 2,
      result: { path: 'file', sha256: sha256(content) },
    });
    expect(origin.requests).toEqual([]);
    expect(await harness.files()).toEqual(['file']);
  });

  it('begins anew when the log has lost its claim', async () => {
    const content = testBytes(1_000_000);
    origin.on('/file', serveFile(content, { etag: '"1"', bytesPerSecond: 500_000 }));
    await harness.startWorker();
    const id = await harness.enqueue({ download_id: 'rolled-back', url: origin.url('/file') });
    await harness.until(id, (download) => download.downloaded_bytes > 0);
    // As if Redis had come back with what it held before the claim.
    await harness.commands.del(harness.redis.keys.download(id));
    await harness.create({ download_id: id, url: origin.url('/file') });
    const download = await harness.untilFinal(id);
    expect(download).toMatchObject({ status: 'completed', attempt: 1, result: { sha256: sha256(content) } });
    expect(origin.requests[1]?.headers.range).toMatch(/^bytes=\d+-$/);
  });

  it('gives up on a download that workers crash on without end', async () => {
    origin.on('/file', serveFile(testBytes(10)));
    const id = await harness.enqueue({ url: origin.url('/file') });
    await harness.commands.hset(`${harness.redis.keys.bullPrefix}:${DOWNLOAD_QUEUE}:${id}`, 'stc', '101');
    await harness.startWorker();
    expect(await harness.untilFinal(id)).toMatchObject({ status: 'failed', error: { code: 'WORKER_LOST' } });
    expect(origin.requests).toEqual([]);
  });
});
