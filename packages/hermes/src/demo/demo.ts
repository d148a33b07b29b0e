import { createHash } from 'node:crypto';
import { createReadStream, rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CreateDownloadResponse, type Download, isFinalStatus, type Snapshot } from '@hermes/contracts';
import { loadConfig } from '@hermes/runtime';
import { BarScreen } from '../downloads/draw-bars.ts';
import { formatBytes } from '../format.ts';
import { cacheDirOf } from '../run/home.ts';
import { type RunningHermes, runHermes } from '../run/run-hermes.ts';
import { listenForStop } from '../run/stop-signal.ts';
import { createTerminalLogger } from '../run/terminal-logger.ts';
import { WEB_ROOT } from '../run/web-build.ts';
import { CommandError, callServer, readStream, type ServerAccess, type StreamedEvent } from '../server-client.ts';
import { type SampleFile, type SampleOrigin, startSampleOrigin } from './sample-origin.ts';

const MB = 1_000_000;
const FILES: readonly SampleFile[] = [
  { name: 'sample-film.bin', size: 16 * MB, speed: 2.6 * MB },
  { name: 'sample-album.bin', size: 9 * MB, speed: 2.2 * MB },
  { name: 'sample-atlas.bin', size: 5 * MB, speed: 1.1 * MB },
  { name: 'sample-recording.bin', size: 4 * MB, speed: 1.4 * MB, hidesLength: true },
];
const TIMEOUT_MS = 120_000;

/** One file's outcome. */
interface Outcome {
  file: string;
  size: number;
  status: string;
  events: number;
  checksum_matches: boolean;
}

/**
 * The whole way on real bytes, without the internet: a file server on the loopback address, a Hermes of its own in a
 * temporary home, downloads through its API, progress from its event stream, checksums at the end.
 * @returns whether every file came whole.
 */
export async function demo(options: { json?: boolean }): Promise<boolean> {
  const say = (line: string) => {
    if (!options.json) process.stdout.write(`${line}\n`);
  };
  const home = await mkdtemp(join(tmpdir(), 'hermes-demo-'));
  const config = loadConfig({
    HERMES_ENABLE_SSE: 'true',
    HERMES_HOME: home,
    HERMES_PORT: '0',
    HERMES_ALLOW_PRIVATE_NETWORKS: 'true',
    HERMES_CONCURRENCY: '4',
  });
  const { signal: stop, release } = listenForStop();
  const abort = new AbortController();
  const giveUp = (message: string) => abort.abort(new CommandError(message));
  const timer = setTimeout(() => giveUp('The demo took longer than two minutes; something is wrong.'), TIMEOUT_MS);
  const onBrokenPipe = () => giveUp('Nobody reads what the demo says; it has ended.');
  process.stdout.once('error', onBrokenPipe);
  const signal = AbortSignal.any([stop, abort.signal]);
  // Should the process have to end at once.
  const removeHome = () => rmSync(home, { recursive: true, force: true });
  process.once('exit', removeHome);
  let origin: SampleOrigin | undefined;
  let hermes: RunningHermes | undefined;
  try {
    origin = await startSampleOrigin(FILES);
    hermes = await runHermes({
      config,
      logger: createTerminalLogger(home, (line) => void process.stderr.write(`${line}\n`)),
      webRoot: WEB_ROOT,
      cacheDir: cacheDirOf(loadConfig()),
      onProgress: say,
      signal,
    });
    const access = { origin: hermes.origin, key: hermes.adminKey };
    const total = FILES.reduce((sum, file) => sum + file.size, 0);
    say(`Hermes runs at ${hermes.origin}, with a throttled file server beside it.`);
    say(
      `Downloading ${FILES.length} files, ${formatBytes(total)}; the bars come from ${hermes.origin}/api/v1/events/stream\n`,
    );
    const outcomes = await downloadAll(access, origin, config.HERMES_DOWNLOAD_DIR, signal, !options.json);
    const isWhole = outcomes.every((outcome) => outcome.checksum_matches);
    const events = outcomes.reduce((sum, outcome) => sum + outcome.events, 0);
    if (options.json) process.stdout.write(`${JSON.stringify({ ok: isWhole, files: outcomes })}\n`);
    say(`\n${events} events came over the stream.`);
    for (const { file, status, checksum_matches } of outcomes) {
      const verdict = checksum_matches ? 'equals the source’s' : 'differs from the source’s';
      say(`${checksum_matches ? '✓' : '✗'} ${file}  ${status === 'completed' ? `SHA-256 ${verdict}` : status}`);
    }
    if (!isWhole) say('\nNot every file came as it was sent.');
    return isWhole;
  } finally {
    clearTimeout(timer);
    await hermes?.stop();
    await origin?.close();
    await rm(home, { recursive: true, force: true });
    process.off('exit', removeHome);
    process.stdout.off('error', onBrokenPipe);
    release();
  }
}

async function downloadAll(
  access: ServerAccess,
  origin: SampleOrigin,
  directory: string,
  signal: AbortSignal,
  draws: boolean,
): Promise<Outcome[]> {
  const downloads = new Map<string, Download>();
  const events = new Map<string, number>();
  const screen = new BarScreen(process.stdout);
  const done = new AbortController();
  const following = readStream(
    access,
    '/events/stream?channels=downloads',
    undefined,
    AbortSignal.any([signal, done.signal]),
    (event) => {
      for (const id of apply(downloads, event)) events.set(id, (events.get(id) ?? 0) + 1);
      if (draws) screen.draw(downloads);
      const ended = [...downloads.values()].filter(({ status }) => isFinalStatus(status)).length;
      if (ended === FILES.length) done.abort();
    },
  ).catch((error: unknown) => {
    if (!done.signal.aborted) throw signal.aborted ? signal.reason : error;
  });
  // It may fail while the downloads are still being asked for, and is only awaited after that.
  following.catch(() => {});
  const ids = new Map<string, SampleFile>();
  for (const file of FILES) {
    signal.throwIfAborted();
    const { download_id } = await callServer<CreateDownloadResponse>(access, 'POST', '/download', {
      url: origin.urlOf(file),
    });
    ids.set(download_id, file);
  }
  await following;
  return Promise.all(
    [...ids].map(async ([id, file]) => {
      const download = downloads.get(id);
      const path = download?.result?.path;
      const sha256 = path === undefined ? null : await sha256OfFile(join(directory, path));
      return {
        file: file.name,
        size: file.size,
        status: download?.status ?? 'unknown',
        events: events.get(id) ?? 0,
        checksum_matches: sha256 === origin.sha256Of(file),
      };
    }),
  );
}

/** @returns the downloads that the event was about. */
function apply(downloads: Map<string, Download>, { event, data }: StreamedEvent): string[] {
  if (event === 'snapshot') {
    for (const download of (data as Snapshot).downloads) downloads.set(download.download_id, download);
    return [];
  }
  if (event !== 'download_status' && event !== 'download_progress') return [];
  const id = String(data.download_id);
  downloads.set(id, { ...(downloads.get(id) as Download), ...(data as Partial<Download>) });
  return [id];
}

async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
