import type { AddressInfo } from 'node:net';
import { createApi } from '@hermes/api';
import { createGateway } from '@hermes/gateway';
import { answerProblems, type Config, type Logger, serveMetrics, serverOptions } from '@hermes/runtime';
import { startWorker } from '@hermes/worker';
import fastify, { type FastifyInstance } from 'fastify';
import { prepareDirectory } from './home.ts';
import { lockHome } from './home-lock.ts';
import { listenError, networkOrigins, originOf, tryListening } from './listen.ts';
import { provideRedis } from './supervised-redis.ts';
import { isWebBuilt, serveWebAssets } from './web-assets.ts';

export interface RunOptions {
  config: Config;
  logger: Logger;
  /** The built web app. */
  webRoot: string;
  /** Where a Redis server program that had to be fetched is kept. */
  cacheDir: string;
  /** What takes long says so here. */
  onProgress(text: string): void;
  /** Gives up starting; whoever aborts later calls `stop`. */
  signal: AbortSignal;
}

/** Everything in one process: web app, REST, events, worker, and their Redis. */
export interface RunningHermes {
  /** `http://host:port`, as seen from this machine. */
  origin: string;
  /** As seen from others; empty unless it listens on every address. */
  networkOrigins: string[];
  adminKey: string;
  /** A new URL that logs a browser in, once. */
  createLoginUrl(): Promise<string>;
  /** Of the embedded Redis; null with `HERMES_REDIS_URL`. */
  readonly redisPid: number | null;
  /** Resolves when it cannot go on. */
  readonly failed: Promise<Error>;
  /** In order: no new work, streams, server, worker, database, Redis. What was begun is resumed at the next start. */
  stop(): Promise<void>;
}

/**
 * @throws {SetupError} with a message that says how to mend the set-up; the reason of `signal` if that aborts first.
 */
export async function runHermes(options: RunOptions): Promise<RunningHermes> {
  const { config, logger, signal } = options;
  const undo: (() => Promise<void>)[] = [];
  const stop = async () => {
    for (const step of undo.splice(0).reverse()) {
      await step().catch((error: unknown) => logger.error({ err: error }, 'Stopping: one step failed'));
    }
  };
  try {
    signal.throwIfAborted();
    await prepareDirectory('HERMES_HOME', config.HERMES_HOME, 0o700);
    const lock = await lockHome(config);
    undo.push(() => lock.release());
    await prepareDirectory('HERMES_DOWNLOAD_DIR', config.HERMES_DOWNLOAD_DIR);
    // Before anything is begun: with the port taken, downloads would go on for a moment, and stop.
    const refusal = listenError(config, (await tryListening(config.HERMES_HOST, config.HERMES_PORT)) ?? undefined);
    if (refusal !== null) throw refusal;
    const redis = await provideRedis(config, options.cacheDir, logger, options.onProgress, signal);
    undo.push(() => redis.stop());

    const shared = { config, redisUrl: redis.url, logger, sseEnabled: config.HERMES_ENABLE_SSE };
    signal.throwIfAborted();
    const api = await createApi(shared);
    undo.push(() => api.close());
    const admin = await api.ensureAdminKey();
    signal.throwIfAborted();
    const gateway = await createGateway({ ...shared, drainSeconds: 0 });
    undo.push(() => gateway.close());
    signal.throwIfAborted();
    const worker = await startWorker({ ...shared, signal });
    undo.push(() => worker.close());

    signal.throwIfAborted();
    const app = fastify(serverOptions(config, logger));
    undo.push(() => app.close());
    answerProblems(app);
    if (isWebBuilt(options.webRoot)) await serveWebAssets(app, options.webRoot);
    await serveMetrics(app, [api.metrics, gateway.metrics, worker.metrics]);
    await app.register(api.plugin);
    await app.register(gateway.plugin);
    app.addHook('preClose', () => gateway.drain());
    await listen(app, config);
    signal.throwIfAborted();

    const { port } = app.server.address() as AddressInfo;
    const origin = originOf(config.HERMES_HOST, port);
    return {
      origin,
      networkOrigins: networkOrigins(config.HERMES_HOST, port),
      adminKey: admin.key,
      createLoginUrl: async () => `${origin}/login?code=${await api.createLoginCode()}`,
      get redisPid() {
        return redis.pid;
      },
      failed: redis.failed,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function listen(app: FastifyInstance, config: Config): Promise<void> {
  try {
    await app.listen({ host: config.HERMES_HOST, port: config.HERMES_PORT, backlog: 4096 });
  } catch (error) {
    throw listenError(config, (error as NodeJS.ErrnoException).code) ?? error;
  }
}
