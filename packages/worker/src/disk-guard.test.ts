import { execFile } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { serveFile, sha256, TestOrigin, testBytes } from '../../../tests/support/test-origin.ts';
import { WorkerHarness } from './fixtures/worker-harness.ts';

const run = promisify(execFile);
const MIB = 1024 * 1024;
const TIMING = { diskCheck: 20 };
/** On a machine that has other things to do all of it takes a hundred times longer. */
const POLL = { timeout: 60_000 };

describe('a worker whose disk fills up', { timeout: 120_000 }, () => {
  let harness: WorkerHarness;
  let origin: TestOrigin;
  /** Of 20 MiB; null where none may be mounted. */
  let disk: string | null;
  // One threshold: while the disk is being filled it passes no other.
  const environment = () => ({ HERMES_DOWNLOAD_DIR: disk ?? '', HERMES_DISK_WARN_PERCENT: '95' });
  const ballast = () => join(disk ?? '', 'ballast');
  const codes = async () => (await harness.notifications()).map((told) => (told as { code: string }).code);

  beforeEach(async () => {
    [harness, origin] = await Promise.all([WorkerHarness.start(), TestOrigin.start()]);
    disk = join(harness.dir, 'disk');
    await mkdir(disk);
    await run('mount', ['-t', 'tmpfs', '-o', 'size=20m', 'tmpfs', disk]).catch(() => {
      disk = null;
    });
  });
  afterEach(async () => {
    await harness.closeWorkers();
    if (disk !== null) await run('umount', [disk]);
    await origin.close();
    await harness.close();
  });

  it('goes on with what runs, begins nothing new, says why, and goes on by itself', async ({ skip }) => {
    if (disk === null) return skip('a file system of its own may not be mounted here');
    const content = testBytes(400_000);
    origin.on('/running', serveFile(content, { bytesPerSecond: 400_000 }));
    origin.on('/waiting', serveFile(content));
    await harness.startWorker(environment(), TIMING);
    const running = await harness.enqueue({ url: origin.url('/running') });
    await harness.until(running, (download) => download.downloaded_bytes > 0);
    await writeFile(ballast(), Buffer.alloc(19.2 * MIB));
    await expect.poll(codes, POLL).toEqual(['DISK_SPACE_EXHAUSTED']);
    const waiting = await harness.enqueue({ url: origin.url('/waiting') });
    expect(await harness.untilFinal(running, POLL.timeout)).toMatchObject({
      status: 'completed',
      result: { sha256: sha256(content) },
    });
    const jobs = () => harness.queue.getJobCounts('wait', 'active');
    await expect.poll(jobs, POLL).toEqual({ wait: 1, active: 0 });
    expect(await harness.read(waiting)).toMatchObject({ status: 'queued', attempt: 0 });
    // Once at the most: a worker that waits for a job when it is held back still takes that one, and gives it back.
    expect((await harness.queue.getJob(waiting))?.attemptsStarted).toBeLessThanOrEqual(1);
    await rm(ballast());
    expect(await harness.untilFinal(waiting, POLL.timeout)).toMatchObject({ status: 'completed', attempt: 1 });
    // It goes on at once, and tells of it meanwhile.
    await expect.poll(codes, POLL).toEqual(['DISK_SPACE_EXHAUSTED', 'DISK_SPACE_OK']);
    expect(await harness.statuses(waiting)).toEqual(['queued', 'downloading', 'processing', 'completed']);
  });

  it('begins nothing from its start on, one notice for all workers, and can be closed like that', async ({ skip }) => {
    if (disk === null) return skip('a file system of its own may not be mounted here');
    await writeFile(ballast(), Buffer.alloc(19.2 * MIB));
    origin.on('/file', serveFile(testBytes(1000)));
    const id = await harness.enqueue({ url: origin.url('/file') });
    const first = await harness.startWorker(environment(), TIMING);
    await harness.startWorker(environment(), TIMING);
    await first.close();
    expect(await harness.queue.getJobCounts('wait', 'active')).toEqual({ wait: 1, active: 0 });
    // With a Redis that is slow to answer the first look tells nothing, and a later one does.
    await expect.poll(codes, POLL).toEqual(['DISK_SPACE_EXHAUSTED']);
    expect(origin.requests).toEqual([]);
    await rm(ballast());
    expect(await harness.untilFinal(id, POLL.timeout)).toMatchObject({ status: 'completed', attempt: 1 });
  });
});
