import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, extname, join } from 'node:path';
import type { PartialState } from '../files/attempt-directory.ts';
import type { GuardedProxy, ProxySession } from '../guard/guarded-proxy.ts';
import { DownloadFailure } from './download-failure.ts';
import type { Engine, EngineProgress, EngineResult, EngineRun } from './engine.ts';
import { mediaType } from './media-type.ts';
import { watchDirectory } from './watch-directory.ts';
import { downloadConfig, FILE_MARK, PROGRESS_MARK, probeConfig, WORK_MARK } from './ytdlp-config.ts';
import { toYtdlpFailure } from './ytdlp-failure.ts';
import { type Plan, readPlan } from './ytdlp-plan.ts';
import { runYtdlp } from './ytdlp-process.ts';
import { YtdlpProgress } from './ytdlp-progress.ts';
import { mediaFileName, readFinished, readWhole } from './ytdlp-result.ts';
import { splitSecrets } from './ytdlp-secrets.ts';

interface YtdlpEngineOptions {
  /** The path of the program. */
  program: string;
  /** Whether streams can be put together. */
  hasFfmpeg: boolean;
  /** What runs the scripts of sites that hide their addresses in them; null: it does not know the option yet. */
  jsRuntime: string | null;
  proxy: GuardedProxy;
  /** `HERMES_MAX_DOWNLOAD_SIZE`; null: no limit. */
  maxBytes: number | null;
  /** How long a server may say nothing. */
  idleTimeoutMs: number;
}

/** Below the attempt's directory: everything that yt-dlp writes. */
const WORKSHOP = 'yt-dlp';
const INFO_FILE = 'info.json';
const COOKIE_FILE = 'cookies.txt';
/** Some sites need several requests with pauses between them. */
const PROBE_MS = 180_000;
/** A page of a few thousand formats is still below; nothing else has a reason to be longer. */
const MAX_INFO_LENGTH = 32 * 1024 * 1024;
const MAX_LINE_LENGTH = 64 * 1024;
/** Times the patience with one server: that long neither yt-dlp nor ffmpeg does nothing at all. */
const STALLED_AFTER = 10;

/**
 * What yt-dlp can fetch: first it looks at the URL, then it downloads what it has found, and all that it says and writes
 * is taken with care. It reaches the network only through the guard, and has a directory of its own.
 */
export class YtdlpEngine implements Engine {
  readonly #options: YtdlpEngineOptions;

  constructor(options: YtdlpEngineOptions) {
    this.#options = options;
  }

  async close(): Promise<void> {
    await this.#options.proxy.close();
  }

  /**
   * Whether yt-dlp has an extractor for this very site, and not only one that looks for videos on any page. Nothing is
   * sent anywhere: the way out is closed, so all that a site it knows can come to is an error of the network.
   * @throws the reason of the signal.
   */
  async knows(url: string, signal: AbortSignal): Promise<boolean> {
    const { program, proxy } = this.#options;
    const directory = await mkdtemp(join(tmpdir(), 'hermes-yt-dlp-'));
    const session = proxy.open(() => Promise.reject(new Error('closed')));
    session.close();
    const common = {
      proxyUrl: session.url,
      headers: {},
      cookieFile: null,
      format: undefined,
      jsRuntime: null,
      socketTimeout: 5,
    };
    try {
      const { code, errors } = await runYtdlp({
        ...{ program, directory, proxyUrl: session.url, signal, maxLineLength: 0, onLine: () => {} },
        config: probeConfig({ ...common, url, knownSitesOnly: true }),
      });
      return code === 0 || toYtdlpFailure(errors, null).code !== 'UNSUPPORTED_URL';
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  }

  async run(run: EngineRun): Promise<EngineResult> {
    const finished = await readFinished(run);
    if (finished !== null) return finished;
    await run.beforeWrite();
    const session = this.#options.proxy.open(async (bytes) => {
      await run.beforeWrite();
      for (let left = bytes; left > 0; ) left -= await run.pace(left);
    });
    const directory = join(run.directory.path, WORKSHOP);
    try {
      return await this.#fetch(run, session, directory);
    } finally {
      session.close();
      await rm(directory, { recursive: true, force: true });
    }
  }

  async #fetch(run: EngineRun, session: ProxySession, directory: string): Promise<EngineResult> {
    const { url, headers, cookies } = splitSecrets(run.job.url, run.headers);
    await run.directory.whileHeld(async () => {
      // What an older attempt has begun may be of another version of the file, or still be written to.
      await rm(directory, { recursive: true, force: true });
      await mkdir(directory, { mode: 0o700 });
      if (cookies !== null) await writeFile(join(directory, COOKIE_FILE), cookies, { mode: 0o600 });
    });
    const common = {
      proxyUrl: session.url,
      headers,
      cookieFile: cookies === null ? null : COOKIE_FILE,
      format: run.job.format,
      jsRuntime: this.#options.jsRuntime,
      socketTimeout: Math.ceil(this.#options.idleTimeoutMs / 1000),
    };
    const plan = await this.#probe(run, session, directory, probeConfig({ ...common, url, knownSitesOnly: false }));
    if (plan.components.length > 1 && !this.#options.hasFfmpeg) {
      throw new DownloadFailure(
        'POSTPROCESSING_FAILED',
        'ffmpeg is not installed on the worker: streams cannot be joined.',
      );
    }
    await run.directory.whileHeld(() =>
      writeFile(join(directory, INFO_FILE), JSON.stringify(plan.info), { mode: 0o600 }),
    );
    const progress = new YtdlpProgress(plan.components);
    const config = downloadConfig({ ...common, infoFile: INFO_FILE });
    const file = await this.#download(run, session, directory, config, progress, plan.components.length > 1);
    run.onProgress(progress.after('verifying'));
    return this.#hand(run, directory, file, plan);
  }

  async #probe(run: EngineRun, session: ProxySession, directory: string, config: string): Promise<Plan> {
    const late = AbortSignal.timeout(PROBE_MS);
    let json = '';
    try {
      const { code, errors } = await runYtdlp({
        ...{ program: this.#options.program, proxyUrl: session.url, config, directory },
        signal: AbortSignal.any([run.signal, late]),
        maxLineLength: MAX_INFO_LENGTH,
        onLine: (line) => {
          json = line;
        },
      });
      if (code !== 0) throw toYtdlpFailure(errors, session.failure);
      return readPlan(json);
    } catch (error) {
      if (late.aborted && !run.signal.aborted) throw new DownloadFailure('TIMED_OUT');
      throw error;
    }
  }

  /** @returns the path of the file. */
  async #download(
    run: EngineRun,
    session: ProxySession,
    directory: string,
    config: string,
    progress: YtdlpProgress,
    isJoined: boolean,
  ): Promise<string> {
    const { maxBytes, idleTimeoutMs } = this.#options;
    const failed = new AbortController();
    const checkSize = (bytes: number | null) => {
      if (maxBytes !== null && bytes !== null && bytes > maxBytes) {
        failed.abort(new DownloadFailure('SIZE_LIMIT_EXCEEDED'));
      }
    };
    const tell = (newest: EngineProgress) => {
      checkSize(Math.max(newest.downloadedBytes, newest.totalBytes ?? 0));
      run.onProgress(newest);
    };
    const watch = watchDirectory(directory, {
      prefix: 'media.',
      onLargest: checkSize,
      stalledAfterMs: STALLED_AFTER * idleTimeoutMs,
      onStalled: () => failed.abort(new DownloadFailure('TIMED_OUT')),
    });
    let file: string | null = null;
    try {
      const { code, errors } = await runYtdlp({
        ...{ program: this.#options.program, proxyUrl: session.url, config, directory },
        signal: AbortSignal.any([run.signal, failed.signal]),
        maxLineLength: MAX_LINE_LENGTH,
        onLine: (line) => {
          if (line.startsWith(PROGRESS_MARK)) {
            const newest = progress.read(line.slice(PROGRESS_MARK.length));
            if (newest !== null) tell(newest);
          } else if (line === WORK_MARK && isJoined) {
            run.onProgress(progress.after('merging'));
          } else if (line.startsWith(FILE_MARK)) {
            file = readName(line.slice(FILE_MARK.length));
          }
        },
      });
      if (code !== 0 || file === null) throw toYtdlpFailure(errors, session.failure);
      return join(directory, file);
    } finally {
      watch.stop();
    }
  }

  /** Leaves the file as every engine does. */
  async #hand(run: EngineRun, directory: string, file: string, { title }: Plan): Promise<EngineResult> {
    const name = mediaFileName(run.job.filename, title, extname(file));
    const contentType = mediaType(extname(file));
    const state: PartialState = {
      ...{ url: run.job.url, etag: null, last_modified: null, content_type: contentType, name, placed: null },
      total_bytes: null,
    };
    await run.beforeWrite();
    await run.directory.whileHeld(async () => {
      await rename(file, run.directory.partPath(name));
      await rm(directory, { recursive: true, force: true });
    });
    const result = await readWhole(run, state);
    if (result === null) throw new DownloadFailure('WRITE_FAILED');
    const { maxBytes } = this.#options;
    if (maxBytes !== null && result.size > maxBytes) throw new DownloadFailure('SIZE_LIMIT_EXCEEDED');
    // Only now it counts as whole: who comes after a crash goes on from here.
    await run.directory.writeState({ ...state, total_bytes: result.size });
    return result;
  }
}

/** Whatever path it gives, the file is one in its directory. */
function readName(json: string): string | null {
  try {
    const path: unknown = JSON.parse(json);
    return typeof path === 'string' && /^media\.[\w.-]+$/.test(basename(path)) ? basename(path) : null;
  } catch {
    return null;
  }
}
