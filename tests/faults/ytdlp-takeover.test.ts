import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WorkerHarness } from '../../packages/worker/src/fixtures/worker-harness.ts';
import { makeMedia, serveMedia } from '../support/media-site.ts';
import { processesNaming } from '../support/process-group.ts';
import { findYtdlp } from '../support/programs.ts';
import { serveFile, sha256, TestOrigin, testBytes } from '../support/test-origin.ts';

const programs = findYtdlp();
const content = testBytes(3_000_000);

describe.skipIf(programs === null)('downloads by yt-dlp', () => {
  let harness: WorkerHarness;
  let origin: TestOrigin;
  let workers: ChildProcess[];

  beforeEach(async () => {
    workers = [];
    [harness, origin] = await Promise.all([WorkerHarness.start(), TestOrigin.start()]);
    serveMedia(origin, new Map([['film.mp4', content]]), 600_000);
  });
  afterEach(async () => {
    for (const worker of workers) {
      worker.kill('SIGKILL');
      if (worker.exitCode === null && worker.signalCode === null) await once(worker, 'exit');
    }
    await origin.close();
    await harness.close();
  });

  async function spawnWorker(environment: Record<string, string> = {}): Promise<ChildProcess> {
    const options = {
      redisUrl: harness.redis.url,
      environment: {
        HERMES_HOME: harness.dir,
        HERMES_DOWNLOAD_DIR: harness.dir,
        HERMES_ALLOW_PRIVATE_NETWORKS: 'true',
        ...environment,
      },
      timing: { lock: 1500, stalledCheck: 1000 },
    };
    const script = resolve(import.meta.dirname, 'worker-process.ts');
    const worker = spawn(process.execPath, [script, JSON.stringify(options)], { stdio: ['ignore', 'pipe', 'inherit'] });
    workers.push(worker);
    await once(worker.stdout, 'data');
    return worker;
  }

  /** The programs at work, and not the worker, whose directory is above theirs. */
  const programsAtWork = () => processesNaming(harness.dir).filter(({ command }) => /yt-dlp|ffmpeg/.test(command));

  it('end with a worker that is killed -9, and another one brings the file', async () => {
    const first = await spawnWorker();
    await harness.enqueue({ download_id: 'killed', url: origin.url('/file'), engine: 'yt-dlp' });
    await harness.until('killed', (download) => download.downloaded_bytes > 500_000, 60_000);
    expect(programsAtWork()).not.toEqual([]);
    first.kill('SIGKILL');
    await once(first, 'exit');
    await expect.poll(programsAtWork, { timeout: 10_000 }).toEqual([]);
    await spawnWorker();
    const download = await harness.untilFinal('killed', 90_000);
    expect(download).toMatchObject({ status: 'completed', attempt: 2, engine: 'yt-dlp' });
    expect(download.result).toMatchObject({ size: content.length, sha256: sha256(content), content_type: 'video/mp4' });
    const [name] = await harness.files();
    expect(download.filename).toBe(name);
    expect(sha256(await harness.content(name ?? ''))).toBe(sha256(content));
    expect(await harness.incomplete()).toEqual([]);
    expect(programsAtWork()).toEqual([]);
  });

  it('end when they are cancelled, and leave nothing', async () => {
    await spawnWorker();
    const progress = await harness.followProgress('cancelled');
    await harness.enqueue({ download_id: 'cancelled', url: origin.url('/file'), engine: 'yt-dlp' });
    await harness.until('cancelled', (download) => download.downloaded_bytes > 0, 60_000);
    await harness.publisher.publishStatus('cancelled', 'current', 'cancelled', {});
    await harness.commands.publish(
      harness.redis.keys.control,
      JSON.stringify({ type: 'cancel', download_id: 'cancelled' }),
    );
    await expect.poll(programsAtWork, { timeout: 10_000 }).toEqual([]);
    await expect.poll(() => harness.incomplete(), { timeout: 10_000 }).toEqual([]);
    expect(progress.at(-1)).toMatchObject({ stage: 'video', total_bytes: content.length });
    expect(await harness.files()).toEqual([]);
  });

  it('are refused where a page leads to a private address, unless that is allowed', async () => {
    // The guard does not know public addresses that lead to us, so the first hop is private, too.
    const guarded = await spawnWorker({ HERMES_ALLOW_PRIVATE_NETWORKS: 'false' });
    origin.on('/away', (_request, response) => void response.writeHead(302, { location: '/file' }).end());
    serveMedia(origin, makeMedia(programs?.ffmpeg ?? ''));
    await harness.enqueue({ download_id: 'refused', url: origin.url('/away'), engine: 'yt-dlp' });
    expect(await harness.untilFinal('refused', 60_000)).toMatchObject({
      status: 'failed',
      error: { code: 'PRIVATE_ADDRESS_REFUSED' },
    });
    expect(origin.requests).toEqual([]);
    guarded.kill('SIGKILL');
    await once(guarded, 'exit');
    await spawnWorker();
    await harness.enqueue({ download_id: 'allowed', url: origin.url('/away'), engine: 'yt-dlp' });
    expect(await harness.untilFinal('allowed', 60_000)).toMatchObject({ status: 'completed' });
  });

  it('fail with what to install where there is no yt-dlp; what leaves the engine open goes by HTTP', async () => {
    const { PATH } = process.env;
    process.env.PATH = resolve(process.execPath, '..');
    try {
      await spawnWorker();
    } finally {
      process.env.PATH = PATH;
    }
    origin.on('/plain', serveFile(Buffer.from('plain')));
    await harness.enqueue({ download_id: 'tube', url: origin.url('/file'), engine: 'yt-dlp' });
    await harness.create({ download_id: 'open', url: origin.url('/plain') });
    await harness.requeue({ download_id: 'open', url: origin.url('/plain') });
    const tube = await harness.untilFinal('tube', 60_000);
    expect(tube).toMatchObject({ status: 'failed', attempt: 1, error: { code: 'ENGINE_UNAVAILABLE' } });
    expect(tube.error?.message).toMatch(/^yt-dlp is not installed on the worker: install/);
    expect(await harness.untilFinal('open', 60_000)).toMatchObject({ status: 'completed', engine: 'http' });
  });
});
