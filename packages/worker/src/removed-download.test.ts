import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { serveFile, TestOrigin, testBytes } from '../../../tests/support/test-origin.ts';
import { WorkerHarness } from './fixtures/worker-harness.ts';

describe('a download that a person removes', () => {
  let harness: WorkerHarness;
  let origin: TestOrigin;

  beforeEach(async () => {
    [harness, origin] = await Promise.all([WorkerHarness.start(), TestOrigin.start()]);
  });
  afterEach(async () => {
    await harness.closeWorkers();
    await origin.close();
    await harness.close();
  });

  const kept = () => readdir(join(harness.dir, '.incomplete')).catch(() => []);

  /** What the API does for `DELETE /download/{id}`, up to telling the workers. */
  async function remove(id: string, { note = true } = {}): Promise<void> {
    await harness.publisher.publishStatus(id, 'current', 'cancelled', {});
    await harness.publisher.removeDownload(id, null);
    if (note) await harness.commands.zadd(harness.redis.keys.removed, Date.now(), id);
  }

  const tell = (id: string) =>
    harness.commands.publish(harness.redis.keys.control, JSON.stringify({ type: 'cancel', download_id: id }));

  async function leave(id: string): Promise<void> {
    await mkdir(join(harness.dir, '.incomplete', id, '1'), { recursive: true });
    await writeFile(join(harness.dir, '.incomplete', id, '1/file.part'), 'bytes');
  }

  async function beginSlowly(id: string): Promise<void> {
    origin.on('/slow', serveFile(testBytes(5_000_000), { etag: '"s"', bytesPerSecond: 200_000 }));
    await harness.enqueue({ download_id: id, url: origin.url('/slow') });
    await harness.until(id, (download) => download.downloaded_bytes > 0);
    expect(await kept()).toEqual([id]);
  }

  it('leaves nothing when the worker that holds it is told', async () => {
    await harness.startWorker();
    await beginSlowly('told');
    await remove('told');
    await tell('told');
    await expect.poll(kept, { timeout: 10_000 }).toEqual([]);
    await expect.poll(() => harness.queue.getJob('told'), { timeout: 10_000 }).toBeUndefined();
  });

  it('leaves nothing if the message got lost, as soon as the worker finds out by itself', async () => {
    await harness.startWorker();
    await beginSlowly('not-told');
    await remove('not-told');
    await expect.poll(kept, { timeout: 10_000 }).toEqual([]);
  });

  it('leaves nothing if no worker holds it: one that hears of it clears up, or the next that starts', async () => {
    for (const id of ['heard', 'missed', 'forgotten']) await harness.create({ download_id: id, url: origin.url('/x') });
    await Promise.all(['heard', 'missed', 'forgotten'].map(leave));
    await remove('missed');
    await remove('forgotten', { note: false });
    await harness.startWorker();
    await expect.poll(async () => (await kept()).sort(), { timeout: 10_000 }).toEqual(['forgotten', 'heard']);
    await remove('heard');
    await tell('heard');
    // What the log has lost may yet be enqueued again: that waits for its seven days.
    await expect.poll(kept, { timeout: 10_000 }).toEqual(['forgotten']);
  });
});
