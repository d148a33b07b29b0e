import { join } from 'node:path';
import { type Config, type EmbeddedRedis, findRedisServer, type Logger, startEmbeddedRedis } from '@hermes/runtime';

/** The Redis to use, and how to end it if it is ours. */
export interface RedisHandle {
  url: string;
  /** Of the embedded one; null if it is somebody else's. */
  readonly pid: number | null;
  stop(): Promise<void>;
}

const RESTART_DELAY_MS = 200;
const MAX_RESTARTS_A_MINUTE = 10;

/**
 * `HERMES_REDIS_URL`, or a Redis of our own under `HERMES_HOME`, which is started again if it dies: its data lie in an
 * append-only file, and everything that uses it reconnects by itself.
 */
export async function provideRedis(
  config: Config,
  cacheDir: string,
  logger: Logger,
  onProgress: (text: string) => void,
): Promise<RedisHandle> {
  if (config.HERMES_REDIS_URL !== null) {
    return { url: config.HERMES_REDIS_URL, pid: null, stop: async () => {} };
  }
  const program = await findRedisServer(cacheDir, onProgress);
  const dir = join(config.HERMES_HOME, 'redis');
  let server: EmbeddedRedis = await startEmbeddedRedis(program, dir);
  let isStopping = false;
  let restarts: number[] = [];

  const supervise = async () => {
    for (;;) {
      const end = await server.ended;
      if (isStopping) return;
      const now = Date.now();
      restarts = [...restarts.filter((at) => now - at < 60_000), now];
      if (restarts.length > MAX_RESTARTS_A_MINUTE) {
        logger.fatal(end, 'The embedded Redis dies again and again; giving up on it');
        return;
      }
      logger.warn(end, 'The embedded Redis has ended; starting it again');
      await new Promise((done) => setTimeout(done, RESTART_DELAY_MS));
      if (isStopping) return;
      server = await startEmbeddedRedis(program, dir);
    }
  };
  const supervision = supervise().catch((error: unknown) => {
    logger.fatal({ err: error }, 'The embedded Redis could not be started again');
  });

  return {
    url: server.url,
    get pid() {
      return server.pid;
    },
    stop: async () => {
      isStopping = true;
      await server.stop();
      await supervision;
    },
  };
}
