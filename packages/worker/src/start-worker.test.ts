import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serveFile, sha256, TestOrigin, testBytes } from './fixtures/test-origin.ts';
import { WorkerHarness } from './fixtures/worker-harness.ts';

describe('a worker', () => {
  let harness: WorkerHarness;
  let origin: TestOrigin;

  beforeAll(async () => {
    [harness, origin] = await Promise.all([WorkerHarness.start(), TestOrigin.start()]);
    await harness.startWorker({ HERMES_PROGRESS_INTERVAL_MS: '100' });
  });
  afterAll(async () => {
    await origin.close();
    await harness.close();
  });

  it('downloads a file, tells its progress, and completes it', async () => {
    const content = testBytes(1_500_000);
    origin.on('/film.mp4', serveFile(content, { bytesPerSecond: 1_500_000, headers: { 'content-type': 'video/mp4' } }));
    const progress = await harness.followProgress('film');
    await harness.enqueue({ download_id: 'film', url: origin.url('/film.mp4') });
    const download = await harness.untilFinal('film');
    expect(download).toMatchObject({
      status: 'completed',
      progress: 100,
      downloaded_bytes: content.length,
      total_bytes: content.length,
      filename: 'film.mp4',
      attempt: 1,
      error: null,
      result: { path: 'film.mp4', size: content.length, sha256: sha256(content), content_type: 'video/mp4' },
    });
    expect(await harness.content('film.mp4')).toEqual(content);
    expect(await harness.statuses('film')).toEqual(['queued', 'downloading', 'processing', 'completed']);
    expect(await harness.incomplete()).toEqual([]);
    expect(progress.length).toBeGreaterThan(3);
    const bytes = progress.map((event) => event.downloaded_bytes);
    expect(bytes).toEqual(bytes.toSorted((a, b) => a - b));
    expect(progress.some((event) => (event.download_speed ?? 0) > 0 && event.eta !== null)).toBe(true);
  });
});
