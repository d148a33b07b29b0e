import type { AddressInfo } from 'node:net';
import { createApi } from '@hermes/api';
import { createGateway } from '@hermes/gateway';
import { answerProblems, type Config, type Logger, serverOptions } from '@hermes/runtime';
import { startWorker } from '@hermes/worker';
import fastify, { type FastifyInstance } from 'fastify';
import { lockHome, prepareDirectory, SetupError } from './home.ts';
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
}

/** Everything in one process: web app, REST, events, worker, and their Redis. */
export interface RunningHermes {
  /** `http://host:port` */
  origin: string;
  adminKey: string;
  /** A new URL that logs a browser in, once. */
  createLoginUrl(): Promise<string>;
  /** Of the embedded Redis; null with `HERMES_REDIS_URL`. */
  readonly redisPid: number | null;
  /** In order: no new work, streams, server, worker, database, Redis. What was begun is resumed at the next start. */
  stop(): Promise<void>;
}

/**
 * @throws {SetupError} with a message that says how to mend the set-up.
 */
export async function runHermes(options: RunOptions): Promise<RunningHermes> {
  const { config, logger } = options;
  const undo: (() => Promise<void>)[] = [];
  const stop = async () => {
    for (const step of undo.splice(0).reverse()) {
      await step().catch((error: unknown) => logger.error({ err: error }, 'Stopping: one step failed'));
    }
  };
  try {
    const lock = await lockHome(config);
    undo.push(() => lock.release());
    await prepareDirectory('HERMES_DOWNLOAD_DIR', config.HERMES_DOWNLOAD_DIR);
    const redis = await provideRedis(config, options.cacheDir, logger, options.onProgress);
    undo.push(() => redis.stop());

    const shared = { config, redisUrl: redis.url, logger, sseEnabled: true };
    const api = await createApi(shared);
    undo.push(() => api.close());
    const admin = await api.ensureAdminKey();
    const gateway = await createGateway({ ...shared, drainSeconds: 0 });
    undo.push(() => gateway.close());
    const worker = await startWorker(shared);
    undo.push(() => worker.close());

    const app = fastify(serverOptions(config, logger));
    undo.push(() => app.close());
    answerProblems(app);
    if (isWebBuilt(options.webRoot)) await serveWebAssets(app, options.webRoot);
    await app.register(api.plugin);
    await app.register(gateway.plugin);
    app.addHook('preClose', () => gateway.drain());
    await listen(app, config);

    const { port } = app.server.address() as AddressInfo;
    const origin = `http://${config.HERMES_HOST.includes(':') ? `[${config.HERMES_HOST}]` : config.HERMES_HOST}:${port}`;
    return {
      origin,
      adminKey: admin.key,
      createLoginUrl: async () => `${origin}/login?code=${await api.createLoginCode()}`,
      get redisPid() {
        return redis.pid;
      },
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
    const { code } = error as NodeJS.ErrnoException;
    const where = `${config.HERMES_HOST}:${config.HERMES_PORT}`;
    if (code === 'EADDRINUSE') {
      throw new SetupError(
        `${where} is taken by another program. Choose another port: HERMES_PORT=${config.HERMES_PORT + 1}`,
      );
    }
    if (code === 'EACCES' || code === 'EADDRNOTAVAIL') {
      throw new SetupError(`${where} cannot be listened on (${code}). Choose another HERMES_HOST or HERMES_PORT.`);
    }
    throw error;
  }
}
