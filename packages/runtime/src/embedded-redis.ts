import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { lstat, mkdir, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import type { RedisServerProgram } from './redis-server.ts';

/** A Redis of our own, as a child process that listens on a Unix socket only. */
export interface EmbeddedRedis {
  /** `unix://…`, for `connectRedis`. */
  readonly url: string;
  readonly pid: number;
  /** Resolves when the process has ended, whoever ended it. */
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  /** Writes everything to disk and ends. */
  stop(): Promise<void>;
}

/** The longest path that fits a `sockaddr_un`. */
const MAX_SOCKET_PATH = 100;
const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 10_000;

/**
 * Starts a server whose data (append-only file) lies in `dir`, and waits until it has loaded them.
 * The caller makes sure that only one Hermes uses `dir`: a server that still answers there is what a killed Hermes has
 * left behind, and is ended first.
 * @throws if the server cannot be started, or one that was left behind does not end: two on one file would spoil it.
 */
export async function startEmbeddedRedis(
  program: RedisServerProgram,
  dir: string,
  signal?: AbortSignal,
): Promise<EmbeddedRedis> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const socket = await socketPath(dir);
  await endLeftover(socket);
  const child = spawn(
    program.path,
    [
      ...['--port', '0'],
      ...['--unixsocket', socket],
      ...['--unixsocketperm', '700'],
      ...['--dir', dir],
      ...['--appendonly', 'yes'],
      ...['--appendfsync', 'everysec'],
      // The append-only file is the one truth; a snapshot beside it would only cost.
      ...['--save', ''],
      ...['--maxmemory-policy', 'noeviction'],
      ...['--daemonize', 'no'],
    ],
    // Its own process group: a Ctrl-C in the terminal must reach us first, so that the order of stopping is ours.
    { env: { ...process.env, ...program.env }, stdio: ['ignore', 'pipe', 'pipe'], detached: true },
  );
  const log: string[] = [];
  const remember = (chunk: Buffer) => {
    log.push(...chunk.toString().split('\n').filter(Boolean));
    log.splice(0, Math.max(0, log.length - 20));
  };
  child.stdout.on('data', remember);
  child.stderr.on('data', remember);
  const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((done) => {
    child.once('exit', (code, killedBy) => done({ code, signal: killedBy }));
    child.once('error', (error) => {
      log.push(error.message);
      done({ code: null, signal: null });
    });
  });
  // Its last words may arrive after its end.
  const silent = new Promise((done) => child.once('close', done));
  const failed = ended.then(async (end) => {
    await silent;
    throw new Error(`redis-server ended at its start (${end.code ?? end.signal}):\n${log.join('\n')}`);
  });
  failed.catch(() => {});
  try {
    await Promise.race([untilReady(socket, signal), failed]);
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
  return { url: `unix://${socket}`, pid: child.pid as number, ended, stop: () => stop(child, ended) };
}

async function socketPath(dir: string): Promise<string> {
  const near = join(resolve(dir), 'redis.sock');
  if (Buffer.byteLength(near) <= MAX_SOCKET_PATH) return near;
  const name = createHash('sha256').update(resolve(dir)).digest('hex').slice(0, 16);
  const uid = process.getuid?.() ?? 0;
  const far = join(tmpdir(), `hermes-${uid}-${name}`);
  await mkdir(far, { recursive: true, mode: 0o700 });
  // Anyone can make a directory of that name there, and would then own our socket.
  const owner = await lstat(far);
  if (!owner.isDirectory() || owner.uid !== uid || (owner.mode & 0o077) !== 0) {
    throw new Error(`${far} is not a directory of ours alone; remove it, or choose a shorter HERMES_HOME`);
  }
  return join(far, 'redis.sock');
}

async function untilReady(socket: string, signal?: AbortSignal): Promise<void> {
  const deadline = performance.now() + START_TIMEOUT_MS;
  for (;;) {
    if (await answers(socket)) return;
    if (performance.now() > deadline) throw new Error('redis-server did not come up within a minute');
    await delay(20, undefined, signal ? { signal } : {});
  }
}

/** PING is refused with LOADING until the data are there. */
async function answers(socket: string): Promise<boolean> {
  return withConnection(socket, async (redis) => (await redis.ping()) === 'PONG');
}

/** Whether a process holds the socket, be it busy, loading or frozen: what a killed one leaves refuses connections. */
function isHeld(socket: string): Promise<boolean> {
  return new Promise((done) => {
    const probe = connect(socket);
    probe.once('connect', () => done(true)).once('error', () => done(false));
    probe.once('connect', () => probe.destroy());
  });
}

async function endLeftover(socket: string): Promise<void> {
  const deadline = performance.now() + STOP_TIMEOUT_MS;
  while (await isHeld(socket)) {
    if (performance.now() > deadline) {
      throw new Error(
        `A redis-server left behind by an earlier run still holds ${socket} and does not end; end it first`,
      );
    }
    // NOSAVE: no snapshot; the append-only file is written out all the same.
    await withConnection(socket, async (redis) => {
      await redis.shutdown('NOSAVE');
      return true;
    });
    await delay(20);
  }
  await rm(socket, { force: true });
}

async function withConnection(socket: string, use: (redis: Redis) => Promise<boolean>): Promise<boolean> {
  const redis = new Redis({
    path: socket,
    lazyConnect: true,
    enableReadyCheck: false,
    commandTimeout: 1000,
    connectTimeout: 1000,
    retryStrategy: () => null,
    maxRetriesPerRequest: 0,
  });
  redis.on('error', () => {});
  try {
    await redis.connect();
    return await use(redis);
  } catch {
    return false;
  } finally {
    redis.disconnect();
  }
}

async function stop(child: ChildProcess, ended: Promise<unknown>): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  // SIGTERM lets Redis flush its append-only file.
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
  await ended;
  clearTimeout(timer);
}
