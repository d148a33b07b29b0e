import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import {
  type Config,
  connectRedis,
  type EmbeddedRedis,
  findRedisServer,
  type Logger,
  type RedisServerProgram,
  startEmbeddedRedis,
} from '@hermes/runtime';
import { SetupError } from './home.ts';

/** The Redis to use, and how to end it if it is ours. */
export interface RedisHandle {
  url: string;
  /** Of the embedded one; null if it is somebody else's. */
  readonly pid: number | null;
  /** Resolves when the embedded one is gone for good. */
  readonly failed: Promise<Error>;
  stop(): Promise<void>;
}

const CONNECT_TIMEOUT_MS = 5000;
const RESTART_DELAY_MS = 200;
const MAX_RESTARTS_A_MINUTE = 10;

/**
 * `HERMES_REDIS_URL`, or a Redis of our own under `HERMES_HOME`, which is started again if it dies: its data lie in an
 * append-only file, and everything that uses it reconnects by itself.
 * @throws {SetupError} if it cannot be reached or started.
 */
export async function provideRedis(
  config: Config,
  cacheDir: string,
  logger: Logger,
  onProgress: (text: string) => void,
  signal: AbortSignal,
): Promise<RedisHandle> {
  if (config.HERMES_REDIS_URL !== null) return useRedisAt(config.HERMES_REDIS_URL);
  const program = await unlessAborted(findRedisServer(cacheDir, onProgress), signal);
  const dir = join(config.HERMES_HOME, 'redis');
  const first = await startEmbeddedRedis(program, dir, signal).catch((error: unknown) => {
    signal.throwIfAborted();
    throw new SetupError(
      `The embedded Redis could not be started. ${(error as Error).message}\n` +
        `Its data lie in ${dir}; HERMES_REDIS_URL names another Redis to use.`,
    );
  });
  return supervise(first, program, dir, logger, onProgress);
}

async function useRedisAt(url: string): Promise<RedisHandle> {
  try {
    (await connectRedis(url, 'commands', CONNECT_TIMEOUT_MS)).disconnect();
  } catch (error) {
    throw new SetupError(
      `${(error as Error).message}. Start it, correct HERMES_REDIS_URL, or unset it to use an embedded one.`,
    );
  }
  return { url, pid: null, failed: new Promise(() => {}), stop: async () => {} };
}

function supervise(
  first: EmbeddedRedis,
  program: RedisServerProgram,
  dir: string,
  logger: Logger,
  onProgress: (text: string) => void,
): RedisHandle {
  const stopping = new AbortController();
  let server = first;
  let restarts: number[] = [];
  // However this process ends (short of kill -9), its Redis does not outlive it; SIGTERM lets it write everything out.
  const endWithUs = () => {
    try {
      process.kill(server.pid, 'SIGTERM');
    } catch {
      // It has gone already.
    }
  };
  process.once('exit', endWithUs);

  const keepUp = async (): Promise<Error | null> => {
    for (;;) {
      const end = await server.ended;
      if (stopping.signal.aborted) return null;
      const now = Date.now();
      restarts = [...restarts.filter((at) => now - at < 60_000), now];
      if (restarts.length > MAX_RESTARTS_A_MINUTE) return new Error('it dies again and again');
      logger.warn(end, 'The embedded Redis has ended; starting it again');
      try {
        await delay(RESTART_DELAY_MS, undefined, { signal: stopping.signal });
        server = await startEmbeddedRedis(program, dir, stopping.signal);
        logger.info({ pid: server.pid }, 'The embedded Redis runs again');
        onProgress('The embedded Redis runs again.');
      } catch (error) {
        return stopping.signal.aborted ? null : (error as Error);
      }
    }
  };
  const ended = keepUp();
  const failed = new Promise<Error>((done) => {
    void ended.then((error) => {
      if (error !== null) done(new SetupError(`The embedded Redis cannot be kept running: ${error.message}`));
    });
  });
  return {
    url: first.url,
    get pid() {
      return server.pid;
    },
    failed,
    stop: async () => {
      stopping.abort();
      await server.stop();
      await ended;
      // One that came up in the same moment.
      await server.stop();
      process.off('exit', endWithUs);
    },
  };
}

/** What cannot be stopped is waited for no longer. */
function unlessAborted<Value>(work: Promise<Value>, signal: AbortSignal): Promise<Value> {
  return new Promise((done, fail) => {
    const onAbort = () => fail(signal.reason);
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    work.then(done, fail).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
