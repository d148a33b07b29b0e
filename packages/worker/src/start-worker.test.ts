import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Metrics, SecretBox } from '@hermes/runtime';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { metricSamples, metricValue } from '../../../tests/support/metric-samples.ts';
import { serveFile, sha256, TestOrigin, testBytes } from '../../../tests/support/test-origin.ts';
import { WorkerHarness } from './fixtures/worker-harness.ts';

describe('a worker', () => {
  let harness: WorkerHarness;
  let origin: TestOrigin;
  let metrics: Metrics;

  /** What it measures, by name, and for attempts by outcome. */
  async function measured(name: string, outcome?: string): Promise<number> {
    const samples = metricSamples(await Metrics.render([metrics]));
    return metricValue(samples, `hermes_worker_${name}`, outcome === undefined ? {} : { outcome }) ?? Number.NaN;
  }

  beforeAll(async () => {
    [harness, origin] = await Promise.all([WorkerHarness.start(), TestOrigin.start()]);
    ({ metrics } = await harness.startWorker({ HERMES_PROGRESS_INTERVAL_MS: '100' }));
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
    await expect.poll(() => measured('active_downloads')).toBe(1);
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
    // The fact goes first, the clearing up after it.
    await expect.poll(() => harness.incomplete()).toEqual([]);
    expect(progress.length).toBeGreaterThan(3);
    const bytes = progress.map((event) => event.downloaded_bytes);
    expect(bytes).toEqual(bytes.toSorted((a, b) => a - b));
    expect(progress.some((event) => (event.download_speed ?? 0) > 0 && event.eta !== null)).toBe(true);
    await expect.poll(() => measured('attempts_total', 'completed')).toBe(1);
    expect([await measured('active_downloads'), await measured('downloaded_bytes_total')]).toEqual([0, content.length]);
  });

  describe('when a try fails', () => {
    it('tries again, tells why in between, and goes on from what it has', async () => {
      const content = testBytes(900_000);
      const [bytes, retries] = [await measured('downloaded_bytes_total'), await measured('attempts_total', 'retry')];
      let cuts = 0;
      origin.on('/flaky', serveFile(content, { etag: '"f"', cutAfter: () => (cuts++ < 2 ? 300_000 : 1e9) }));
      await harness.enqueue({ download_id: 'flaky', url: origin.url('/flaky') });
      const download = await harness.untilFinal('flaky');
      expect(download).toMatchObject({ status: 'completed', attempt: 3, error: null });
      expect(download.result?.sha256).toBe(sha256(content));
      expect(await harness.statuses('flaky')).toEqual([
        ...['queued', 'downloading', 'queued', 'downloading', 'queued', 'downloading'],
        ...['processing', 'completed'],
      ]);
      // What a try goes on from counts once.
      expect((await measured('downloaded_bytes_total')) - bytes).toBe(content.length);
      expect((await measured('attempts_total', 'retry')) - retries).toBe(2);
      const between = (await harness.facts('flaky')).filter((fact) => fact.error !== null);
      expect(between.map((fact) => [fact.status, fact.error?.code])).toEqual([
        ['queued', 'CONNECTION_FAILED'],
        ['queued', 'CONNECTION_FAILED'],
      ]);
      const ranges = origin.requests.filter(({ path }) => path === '/flaky').map(({ headers }) => headers.range);
      expect(ranges).toEqual([undefined, expect.stringMatching(/^bytes=/), expect.stringMatching(/^bytes=/)]);
    });

    it('has failed after the last one', async () => {
      origin.on('/broken', (_request, response) => void response.writeHead(500).end());
      await harness.enqueue({ download_id: 'broken', url: origin.url('/broken') }, 3);
      const download = await harness.untilFinal('broken');
      expect(download).toMatchObject({ status: 'failed', attempt: 3, error: { code: 'HTTP_SERVER_ERROR' } });
      expect(download.completed_at).not.toBeNull();
      expect(origin.requests.filter(({ path }) => path === '/broken')).toHaveLength(3);
      await expect.poll(() => measured('attempts_total', 'failed')).toBeGreaterThan(0);
    });

    it('has failed at once where another would be the same', async () => {
      await harness.enqueue({ download_id: 'missing', url: origin.url('/missing') });
      const download = await harness.untilFinal('missing');
      expect(download).toMatchObject({ status: 'failed', attempt: 1, error: { code: 'HTTP_CLIENT_ERROR' } });
      await expect.poll(() => harness.queue.getJob('missing')).toBeUndefined();
    });

    it('waits for as long as the server asks', async () => {
      let asked = 0;
      origin.on('/busy', (request, response) => {
        asked += 1;
        if (asked === 1) response.writeHead(429, { 'retry-after': '600' }).end();
        else return serveFile(testBytes(10))(request, response);
      });
      await harness.enqueue({ download_id: 'busy', url: origin.url('/busy') });
      await harness.until('busy', (download) => download.error?.code === 'HTTP_SERVER_ERROR');
      // Ten minutes are more than is reasonable.
      await expect.poll(async () => (await harness.queue.getJob('busy'))?.delay).toBe(300_000);
      await (await harness.queue.getJob('busy'))?.promote();
      expect((await harness.untilFinal('busy')).status).toBe('completed');
    });
  });

  describe('headers that came past the job', () => {
    const headers = { cookie: 'a=secret' };
    const box = () => new SecretBox(harness.config().HERMES_SECRET_KEY_FILE);
    const handOver = async (id: string, forId = id) =>
      harness.commands.set(harness.redis.keys.secrets(id), await box().seal(forId, JSON.stringify({ headers })));

    it('are sent, and gone when it has ended', async () => {
      origin.on('/mine', serveFile(testBytes(1000)));
      await handOver('mine');
      await harness.enqueue({ download_id: 'mine', url: origin.url('/mine'), with_secrets: true });
      expect((await harness.untilFinal('mine')).status).toBe('completed');
      expect(origin.requests.find(({ path }) => path === '/mine')?.headers).toMatchObject(headers);
      expect(await harness.commands.exists(harness.redis.keys.secrets('mine'))).toBe(0);
    });

    it.each([
      ['that are not there', 'lost-1', async () => {}],
      ['that are those of another download', 'lost-2', (id: string) => handOver(id, 'other')],
    ])('%s: nothing is asked for without them', async (_, id, prepare) => {
      await prepare(id);
      await harness.enqueue({ download_id: id, url: origin.url('/lost'), with_secrets: true });
      expect(await harness.untilFinal(id)).toMatchObject({
        status: 'failed',
        attempt: 1,
        error: { code: 'SECRETS_UNAVAILABLE' },
      });
      expect(origin.requests.filter(({ path }) => path === '/lost')).toEqual([]);
    });
  });

  it('keeps to the speed limits, fairly', async () => {
    const content = testBytes(400_000);
    origin.on('/paced', serveFile(content, { etag: '"1"' }));
    const limited = await WorkerHarness.start();
    try {
      await limited.startWorker({ HERMES_SPEED_LIMIT: '400000', HERMES_DOWNLOAD_SPEED_LIMIT: '300000' });
      const startedAt = performance.now();
      const ids = await Promise.all([1, 2].map(() => limited.enqueue({ url: origin.url('/paced') })));
      const ended = await Promise.all(
        ids.map(async (id) => {
          expect(await limited.untilFinal(id)).toMatchObject({
            status: 'completed',
            result: { sha256: sha256(content) },
          });
          return performance.now() - startedAt;
        }),
      );
      // 800,000 bytes at 400,000 a second, but for what the first turns have for nothing.
      expect(Math.max(...ended)).toBeGreaterThan(1600);
      expect(Math.min(...ended)).toBeGreaterThan(1300);
    } finally {
      await limited.close();
    }
  });

  it('compares the checksum, and keeps nothing of bytes that are not those', async () => {
    const content = testBytes(50_000);
    origin.on('/sum', serveFile(content));
    await harness.enqueue({ download_id: 'right', url: origin.url('/sum'), checksum: `sha256:${sha256(content)}` });
    await harness.enqueue({ download_id: 'wrong', url: origin.url('/sum'), checksum: `sha256:${'0'.repeat(64)}` });
    expect((await harness.untilFinal('right')).status).toBe('completed');
    const wrong = await harness.untilFinal('wrong');
    expect(wrong).toMatchObject({ status: 'failed', attempt: 1, result: null, error: { code: 'CHECKSUM_MISMATCH' } });
    await expect.poll(() => harness.incomplete()).toEqual([]);
  });

  it('gives each of several downloads of one name a file of its own', async () => {
    origin.on('/same.txt', serveFile(Buffer.from('same')));
    const ids = ['same-1', 'same-2', 'same-3', 'same-4'];
    await Promise.all(ids.map((id) => harness.enqueue({ download_id: id, url: origin.url('/same.txt') })));
    const paths = await Promise.all(ids.map(async (id) => (await harness.untilFinal(id)).result?.path));
    expect(paths.toSorted()).toEqual(['same (1).txt', 'same (2).txt', 'same (3).txt', 'same.txt']);
  });

  describe('a cancelled download', () => {
    const slow = () => origin.on('/slow', serveFile(testBytes(5_000_000), { etag: '"s"', bytesPerSecond: 200_000 }));
    const ended = (path: string) => () => origin.requests.every((request) => request.path !== path || request.ended);

    it('ends when it is told, and leaves nothing', async () => {
      slow();
      await harness.enqueue({ download_id: 'cancelled', url: origin.url('/slow') });
      await harness.until('cancelled', (download) => download.downloaded_bytes > 0);
      await harness.publisher.publishStatus('cancelled', 'current', 'cancelled', {});
      const other = await harness.redis.connect('commands');
      await other.publish(harness.redis.keys.control, JSON.stringify({ type: 'cancel', download_id: 'cancelled' }));
      await expect.poll(() => harness.incomplete(), { timeout: 1000 }).toEqual([]);
      await expect.poll(ended('/slow')).toBe(true);
      await expect.poll(() => harness.queue.getJob('cancelled')).toBeUndefined();
      expect(await harness.statuses('cancelled')).toEqual(['queued', 'downloading', 'cancelled']);
    });

    it('ends by itself if the message got lost, also while no data come', async () => {
      origin.on('/stuck', (_request, response) => void response.writeHead(200, { 'content-length': '9' }).write('1'));
      await harness.enqueue({ download_id: 'stuck', url: origin.url('/stuck') });
      await harness.until('stuck', (download) => download.total_bytes === 9);
      await harness.publisher.publishStatus('stuck', 'current', 'cancelled', {});
      await expect.poll(() => harness.incomplete(), { timeout: 5000 }).toEqual([]);
      await expect.poll(ended('/stuck')).toBe(true);
    });

    it('leaves nothing, also if no worker holds it', async () => {
      await mkdir(join(harness.dir, '.incomplete/held-by-nobody/1'), { recursive: true });
      await harness.create({ download_id: 'held-by-nobody', url: origin.url('/x') });
      await harness.publisher.publishStatus('held-by-nobody', 'current', 'cancelled', {});
      const message = JSON.stringify({ type: 'cancel', download_id: 'held-by-nobody' });
      await harness.commands.publish(harness.redis.keys.control, message);
      await expect.poll(() => harness.incomplete()).not.toContain('held-by-nobody');
    });

    it('never begins if it was cancelled before', async () => {
      await harness.enqueue({ download_id: 'early', url: origin.url('/early') }, 1);
      origin.on('/early', serveFile(testBytes(10)));
      await harness.untilFinal('early');
      await harness.requeue({ download_id: 'early', engine: 'http', url: origin.url('/early') });
      await harness.requeue({ download_id: 'unheard-of', engine: 'http', url: origin.url('/early') });
      await expect
        .poll(() => harness.queue.getJobCounts('wait', 'active', 'prioritized', 'delayed'))
        .toEqual({
          wait: 0,
          active: 0,
          prioritized: 0,
          delayed: 0,
        });
      expect(origin.requests.filter(({ path }) => path === '/early')).toHaveLength(1);
    });

    it('goes on if the log does not know of it', async () => {
      const content = testBytes(400_000);
      origin.on('/rumour', serveFile(content, { etag: '"r"', bytesPerSecond: 200_000 }));
      await harness.enqueue({ download_id: 'rumour', url: origin.url('/rumour') });
      await harness.until('rumour', (download) => download.downloaded_bytes > 0);
      const message = JSON.stringify({ type: 'cancel', download_id: 'rumour' });
      await harness.commands.publish(harness.redis.keys.control, 'not JSON');
      await harness.commands.publish(harness.redis.keys.control, message);
      const download = await harness.untilFinal('rumour');
      expect(download).toMatchObject({ status: 'completed', result: { sha256: sha256(content) } });
      expect(download.attempt).toBe(2);
    });
  });
});
