import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { childEnvironment } from '@hermes/runtime';
import { LineReader } from './line-reader.ts';

/** Enough for the last words; what came before them is of no use. */
const MAX_ERROR_CHARACTERS = 64 * 1024;
/** To close files and leave; yt-dlp takes 0.2 s. */
const GRACE_MS = 3000;

/**
 * Run by `sh`, as the first process of a group of its own. The one in the background waits for the end of a pipe whose
 * other end only we hold: however we end, kill -9 included, the system closes it, and the whole group is killed. The
 * program takes the shell's place, so that signals and the exit code are its own; its arguments are never the shell's to
 * read.
 */
const LIFELINE = '(read -r _ <&3; kill -KILL 0) </dev/null >/dev/null 2>&1 & exec "$0" "$@" 3<&-';

interface YtdlpProcess {
  program: string;
  /** What would be its arguments, were they not to be seen by every user of the machine (`ytdlpConfig`). */
  config: string;
  /** Its home, and where it keeps what is temporary. */
  directory: string;
  /** Where it goes out; also for ffmpeg, which looks for it in the environment. */
  proxyUrl: string;
  /** A line of its output, at most `maxLineLength` long; longer ones are left out. */
  onLine(line: string): void;
  maxLineLength: number;
  /** Ends it, and all that it has started, within seconds. */
  signal: AbortSignal;
}

/** How it ended. */
interface YtdlpExit {
  /** null: by a signal. */
  code: number | null;
  /** The end of what it wrote to its error output. */
  errors: string;
}

/**
 * Runs yt-dlp in a process group of its own, of which nothing is left when this returns.
 * @throws the reason of the signal; the system's error if the program cannot be started.
 */
export async function runYtdlp(options: YtdlpProcess): Promise<YtdlpExit> {
  const { program, config, directory, proxyUrl, onLine, maxLineLength, signal } = options;
  signal.throwIfAborted();
  const child = spawn('/bin/sh', ['-c', LIFELINE, program, '--ignore-config', '--config-locations', '-'], {
    cwd: directory,
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
    env: childEnvironment({
      ...{ HOME: directory, TMPDIR: directory, PYTHONUTF8: '1', PYTHONUNBUFFERED: '1', PYTHONDONTWRITEBYTECODE: '1' },
      ...{ http_proxy: proxyUrl, https_proxy: proxyUrl, no_proxy: '' },
    }),
  });
  const lines = new LineReader(maxLineLength, onLine);
  let errors = '';
  child.stdout?.on('data', (chunk: Buffer) => lines.push(chunk));
  child.stderr?.on('data', (chunk: Buffer) => {
    errors = (errors + chunk.toString()).slice(-MAX_ERROR_CHARACTERS);
  });
  // One that ends before it has read everything breaks the pipe; its exit code says why.
  for (const stream of child.stdio) stream?.on('error', () => {});
  child.stdin?.end(config);
  const closed = once(child, 'close') as Promise<[number | null]>;
  let killer: NodeJS.Timeout | undefined;
  const stop = () => {
    signalGroup(child, 'SIGINT');
    killer = setTimeout(() => signalGroup(child, 'SIGKILL'), GRACE_MS);
  };
  signal.addEventListener('abort', stop);
  // What it leaves would hold its output open, and with it everything that waits for the end of that.
  child.once('exit', () => signalGroup(child, 'SIGKILL'));
  try {
    const [code] = await closed;
    signal.throwIfAborted();
    lines.end();
    return { code, errors };
  } finally {
    signal.removeEventListener('abort', stop);
    clearTimeout(killer);
  }
}

/** The one that waits at the lifeline is in the group until the end, so the number is never another's. */
function signalGroup({ pid }: ChildProcess, name: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, name);
  } catch {
    // Nobody is left.
  }
}
