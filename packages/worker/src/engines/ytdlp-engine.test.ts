import { execFileSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DownloadErrorCode, DownloadJob } from '@hermes/contracts';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { makeMedia, serveMedia, videoPage } from '../../../../tests/support/media-site.ts';
import { processesNaming } from '../../../../tests/support/process-group.ts';
import { findYtdlp } from '../../../../tests/support/programs.ts';
import { serveFile, sha256, TestOrigin, testBytes } from '../../../../tests/support/test-origin.ts';
import { AttemptDirectory } from '../files/attempt-directory.ts';
import { GuardedProxy } from '../guard/guarded-proxy.ts';
import type { Pace } from '../limits/speed-limits.ts';
import type { EngineProgress, EngineResult } from './engine.ts';
import { YtdlpEngine } from './ytdlp-engine.ts';

const programs = findYtdlp();

describe.skipIf(programs === null)('YtdlpEngine', { timeout: 120_000 }, () => {
  let media: Map<string, Buffer>;
  let origin: TestOrigin;
  let dir: string;
  let engine: YtdlpEngine;
  let attempt: number;
  let progress: EngineProgress[];
  let pace: Pace;

  beforeAll(() => {
    media = makeMedia(programs?.ffmpeg ?? '');
  });
  beforeEach(async () => {
    [origin, dir] = await Promise.all([TestOrigin.start(), mkdtemp(join(tmpdir(), "hermes-it's $HOME %(id)s-"))]);
    serveMedia(origin, media);
    attempt = 0;
    progress = [];
    pace = (bytes) => bytes;
    engine = await start();
  });
  afterEach(async () => {
    await engine.close();
    await origin.close();
    expect(processesNaming(dir)).toEqual([]);
    await rm(dir, { recursive: true, force: true });
  });

  async function start(
    options: { allowPrivate?: boolean; maxBytes?: number; program?: string; hasFfmpeg?: boolean } = {},
  ): Promise<YtdlpEngine> {
    const { allowPrivate = true, maxBytes = null, program = programs?.ytdlp ?? '', hasFfmpeg = true } = options;
    const idleTimeoutMs = 10_000;
    const proxy = await GuardedProxy.start({ allowPrivate, idleTimeoutMs });
    return new YtdlpEngine({ program, hasFfmpeg, jsRuntime: null, proxy, maxBytes, idleTimeoutMs });
  }

  async function restart(options: Parameters<typeof start>[0]): Promise<void> {
    await engine.close();
    engine = await start(options);
  }

  async function run(
    path: string,
    job: Partial<DownloadJob> = {},
    headers: Record<string, string> = {},
    signal = new AbortController().signal,
  ): Promise<EngineResult> {
    attempt += 1;
    return engine.run({
      job: { download_id: 'd', engine: 'yt-dlp', url: origin.url(path), ...job },
      headers,
      directory: await AttemptDirectory.claim(dir, job.download_id ?? 'd', attempt),
      signal,
      onProgress: (newest) => progress.push(newest),
      beforeWrite: async () => {},
      pace,
    });
  }

  const partPath = (name: string) => join(dir, '.incomplete', 'd', String(attempt), `${name}.part`);
  const failure = (code: DownloadErrorCode, message: RegExp = /./) =>
    expect.objectContaining({ name: 'DownloadFailure', code, message: expect.stringMatching(message) });

  async function expectHandedOver(result: EngineResult): Promise<Buffer> {
    const content = await readFile(partPath(result.name));
    expect(result).toMatchObject({ size: content.length, sha256: sha256(content) });
    expect((await readdir(join(dir, '.incomplete', 'd', String(attempt)))).sort()).toEqual(
      [`${result.name}.part`, 'state.json'].sort(),
    );
    expect(await readdir(dir)).toEqual(['.incomplete']);
    return content;
  }

  function expectOneBar(): void {
    const fractions = progress.map(({ fraction }) => fraction ?? 0);
    expect(fractions).toEqual(fractions.toSorted((a, b) => a - b));
    // Never as if it were done before it is.
    expect(Math.max(...fractions)).toBeLessThan(1);
    const bytes = progress.map(({ downloadedBytes }) => downloadedBytes);
    expect(bytes).toEqual(bytes.toSorted((a, b) => a - b));
  }

  it('brings the file of a page, named after its title', async () => {
    const result = await run('/file');
    expect(await expectHandedOver(result)).toEqual(media.get('film.mp4'));
    expect(result).toMatchObject({ name: 'A film_ of _loopback_ _ part 1 (1).mp4', contentType: 'video/mp4' });
    expectOneBar();
    expect(progress.at(-1)).toMatchObject({
      totalBytes: result.size,
      downloadedBytes: result.size,
      stage: 'verifying',
    });
  });

  it('brings nothing that the speed limits have not let through', async () => {
    let [allowed, most] = [0, 0];
    pace = async (bytes) => {
      const granted = Math.min(bytes, 5000);
      [allowed, most] = [allowed + granted, Math.max(most, bytes)];
      return granted;
    };
    const { size } = await run('/file');
    expect(allowed).toBeGreaterThanOrEqual(size);
    expect(most).toBeGreaterThan(5000);
    // While nothing is let through, nothing comes.
    const stopped = new AbortController();
    const reason = new Error('enough');
    let asked = 0;
    pace = () => {
      asked += 1;
      return new Promise<number>((_, fail) => stopped.signal.addEventListener('abort', () => fail(reason)));
    };
    const held = run('/file', { download_id: 'held' }, {}, stopped.signal);
    const ended = expect(held).rejects.toBe(reason);
    await vi.waitFor(() => expect(asked).toBeGreaterThan(0), { timeout: 30_000 });
    expect(await readdir(join(dir, '.incomplete/held'), { recursive: true })).not.toContainEqual(
      expect.stringMatching(/media/),
    );
    stopped.abort(reason);
    await ended;
  });

  it('puts the pieces of a playlist together', async () => {
    const result = await run('/hls', { filename: 'mine' });
    expect(result.name).toBe('mine.mp4');
    await expectHandedOver(result);
    expectOneBar();
    expect(new Set(progress.map(({ stage }) => stage))).toEqual(new Set(['video', 'verifying']));
  });

  it('shows video, sound and their joining as one bar', async () => {
    const result = await run('/dash', { filename: 'both.mp4' });
    await expectHandedOver(result);
    const streams = execFileSync(programs?.ffmpeg.replace(/ffmpeg$/, 'ffprobe') ?? '', [
      ...['-v', 'error', '-show_entries', 'stream=codec_type', '-of', 'csv=p=0', '-f', 'mp4', partPath(result.name)],
    ]);
    expect(streams.toString().trim().split('\n').sort()).toEqual(['audio', 'video']);
    expectOneBar();
    const stages = progress.map(({ stage }) => stage);
    expect(stages.filter((stage, n) => stage !== stages[n - 1])).toEqual(['video', 'audio', 'merging', 'verifying']);
  });

  it('takes the format that is asked for', async () => {
    const result = await run('/dash', { format: 'bestaudio', download_id: 'sound' });
    expect(result).toMatchObject({ name: 'Two streams (1).m4a', contentType: 'audio/mp4' });
  });

  it.each<[string, DownloadErrorCode, RegExp]>([
    ['bestvideo[height>1000]', 'FORMAT_UNAVAILABLE', /^Requested format is not available/],
    ['0,1', 'OPTION_REFUSED', /several files/],
    ['0[', 'OPTION_REFUSED', /^Invalid format/],
  ])('refuses the format %s', async (format, code, message) => {
    await expect(run('/dash', { format })).rejects.toEqual(failure(code, message));
  });

  it('goes on from what an attempt before had finished, without asking again', async () => {
    const first = await run('/file');
    const asked = origin.requests.length;
    expect(await run('/file')).toEqual(first);
    expect(origin.requests).toHaveLength(asked);
  });

  it('begins again where the file may have become another', async () => {
    const [before, after] = [testBytes(2_000_000, 'before'), testBytes(2_000_000, 'after')];
    origin.on('/film.mp4', serveFile(before, { bytesPerSecond: 1_000_000 }));
    const stop = new AbortController();
    const first = run('/file', {}, {}, stop.signal);
    await expect.poll(() => progress.at(-1)?.downloadedBytes ?? 0, { timeout: 20_000 }).toBeGreaterThan(500_000);
    stop.abort(new Error('stopped'));
    await expect(first).rejects.toThrow('stopped');
    origin.on('/film.mp4', serveFile(after));
    expect(sha256(await expectHandedOver(await run('/file')))).toBe(sha256(after));
  });

  describe('keeps what is secret', () => {
    it('from other hosts, and from whoever lists the processes', async () => {
      const other = await TestOrigin.start();
      try {
        other.on(
          '/film.mp4',
          serveFile(testBytes(300_000), { bytesPerSecond: 300_000, headers: { 'content-type': 'video/mp4' } }),
        );
        const page = videoPage('t', other.url('/film.mp4').replace('127.0.0.1', 'localhost'), 'video/mp4');
        origin.on('/elsewhere', (_request, response) => void response.end(page));
        const running = run(
          '/elsewhere',
          {},
          {
            authorization: `Basic ${Buffer.from('me:p@ss:w%rd').toString('base64')}`,
            cookie: 'session=abc; other=d=e',
            'X-Mine': "it's here",
          },
        );
        let commands = '';
        await expect
          .poll(
            () => {
              commands += processesNaming(dir)
                .map(({ command }) => command)
                .join('\n');
              return other.requests.length;
            },
            { interval: 20, timeout: 20_000 },
          )
          .toBeGreaterThan(0);
        await running;
        const [asked] = origin.requests;
        expect(asked?.headers).toMatchObject({
          authorization: `Basic ${Buffer.from('me:p@ss:w%rd').toString('base64')}`,
          cookie: 'session=abc; other=d=e',
          'x-mine': "it's here",
        });
        for (const request of other.requests) {
          expect(request.headers).not.toHaveProperty('authorization');
          expect(request.headers).not.toHaveProperty('cookie');
        }
        expect(commands).toContain('yt-dlp');
        expect(commands).not.toMatch(/abc|it's here|hermes:|p@ss/);
      } finally {
        await other.close();
      }
    });

    it('and refuses what it could not keep', async () => {
      await expect(run('/file', {}, { authorization: 'Bearer abc' })).rejects.toEqual(failure('OPTION_REFUSED'));
      expect(origin.requests).toEqual([]);
    });
  });

  describe('behind the guard', () => {
    it('refuses a private address', async () => {
      await restart({ allowPrivate: false });
      await expect(run('/file')).rejects.toEqual(failure('PRIVATE_ADDRESS_REFUSED'));
      await expect(run('', { url: `http://localhost:${origin.port}/file` })).rejects.toEqual(
        failure('PRIVATE_ADDRESS_REFUSED'),
      );
      await expect(run('', { url: `https://127.0.0.1:${origin.port}/file` })).rejects.toEqual(
        failure('PRIVATE_ADDRESS_REFUSED'),
      );
      expect(origin.requests).toEqual([]);
    });

    it('says what failed on the way', async () => {
      await expect(run('', { url: 'http://nothing.invalid/' })).rejects.toEqual(failure('DNS_FAILED'));
      await expect(run('', { url: `https://127.0.0.1:${origin.port}/` })).rejects.toEqual(failure('TLS_FAILED'));
    });
  });

  it.each<[string, string, number, DownloadErrorCode]>([
    ['a page without a video', '<html><body>Just text.</body></html>', 200, 'UNSUPPORTED_URL'],
    ['a page that is not there', '', 404, 'HTTP_CLIENT_ERROR'],
    ['a server in trouble', '', 503, 'HTTP_SERVER_ERROR'],
    ['a page with several videos', '<video src="a.mp4"></video><video src="b.mp4"></video>', 200, 'UNSUPPORTED_URL'],
    ['a video by another protocol', videoPage('t', 'rtmp://127.0.0.1/a/b.flv', 'video/flv'), 200, 'UNSUPPORTED_URL'],
  ])('tells %s', async (_what, page, status, code) => {
    origin.on(
      '/page',
      (_request, response) => void response.writeHead(status, { 'content-type': 'text/html' }).end(page),
    );
    await expect(run('/page')).rejects.toEqual(failure(code));
    expect(await readdir(join(dir, '.incomplete', 'd', String(attempt)))).toEqual([]);
  });

  it('refuses what is larger than allowed, before and while it comes', async () => {
    await restart({ maxBytes: 50_000 });
    await expect(run('/file')).rejects.toEqual(failure('SIZE_LIMIT_EXCEEDED'));
    await expect(run('/hls')).rejects.toEqual(failure('SIZE_LIMIT_EXCEEDED'));
  });

  it('has no hole where a piece is missing', async () => {
    origin.on('/index1.ts', (_request, response) => void response.writeHead(404).end());
    await expect(run('/hls')).rejects.toEqual(failure('CONNECTION_FAILED'));
  });

  it('says that ffmpeg is missing before it downloads anything', async () => {
    await restart({ hasFfmpeg: false });
    await expect(run('/dash')).rejects.toEqual(failure('POSTPROCESSING_FAILED', /^ffmpeg is not installed/));
    expect(origin.requests.filter(({ path }) => path.endsWith('.m4s'))).toEqual([]);
    expect((await run('/file')).size).toBe(media.get('film.mp4')?.length);
  });

  it('leaves no process behind when it is cancelled in the middle', async () => {
    origin.on('/film.mp4', serveFile(testBytes(5_000_000), { bytesPerSecond: 200_000 }));
    const stop = new AbortController();
    const running = run('/file', {}, {}, stop.signal);
    await expect.poll(() => progress.at(-1)?.downloadedBytes ?? 0, { timeout: 20_000 }).toBeGreaterThan(0);
    expect(processesNaming(dir).length).toBeGreaterThan(0);
    stop.abort(new Error('cancelled'));
    await expect(running).rejects.toThrow('cancelled');
    expect(processesNaming(dir)).toEqual([]);
    await expect.poll(() => origin.requests.every(({ ended }) => ended)).toBe(true);
  });
});
