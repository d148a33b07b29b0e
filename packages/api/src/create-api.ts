import { homedir } from 'node:os';
import { keyspace, RETRY_WINDOW_MS } from '@hermes/contracts';
import { Publisher } from '@hermes/event-log';
import { type Config, type Logger, type Metrics, redisOptions, SecretBox } from '@hermes/runtime';
import type { FastifyPluginAsync } from 'fastify';
import { Redis } from 'ioredis';
import { ensureAdminKey } from './auth/admin-key.ts';
import { CredentialMirror, mirrorCredentials } from './auth/credential-mirror.ts';
import { Credentials } from './auth/credentials.ts';
import { createLoginCode } from './auth/login-codes.ts';
import { DatabaseUpkeep } from './database/database-upkeep.ts';
import { DownloadStore } from './database/download-store.ts';
import { mergeStrayDatabases } from './database/merge-stray-database.ts';
import { openDatabase } from './database/open-database.ts';
import { ApiMetrics } from './metrics.ts';
import { createPlugin } from './plugin.ts';
import { DownloadsProjection } from './projections/downloads-projection.ts';
import { DownloadQueue } from './queue/download-queue.ts';
import { JobWatch } from './queue/job-watch.ts';
import { QueueStatsPublisher } from './queue/queue-stats.ts';
import { Reconciler } from './queue/reconciler.ts';
import type { Service } from './service.ts';
import { AnalyticsPublisher } from './stats/analytics-publisher.ts';
import { StorageMonitor } from './storage/storage-monitor.ts';

export interface ApiOptions {
  config: Config;
  redisUrl: string;
  logger: Logger;
  /** What `GET /config` tells the web app, unless an admin has switched it at run time. */
  sseEnabled: boolean;
  /** How often it is looked whether every download has its job, milliseconds: what a test makes shorter. */
  jobCheckMs?: number;
}

export interface Api {
  /** Registers every route below `API_BASE`, in a scope of its own. */
  readonly plugin: FastifyPluginAsync;
  /** What to serve at `/metrics`. */
  readonly metrics: Metrics;
  /**
   * The key that opens everything, from `admin.key` in `HERMES_HOME`; made if there is none that is valid. If Redis is
   * there the gateways know it when this resolves.
   */
  ensureAdminKey(): Promise<{ key: string; created: boolean }>;
  /** A code that logs in once as admin, within ten minutes. Needs Redis. */
  createLoginCode(): Promise<string>;
  /** Stops the projection and closes every connection. Call it after the server was closed. */
  close(): Promise<void>;
}

/** How long the start waits for Redis before it goes on without, milliseconds. */
const REDIS_PATIENCE_MS = 3000;
/** Facts that stay for clients that come back. */
const FACTS_KEPT = 10_000;
/** One that is missing was lost by a crash, which is rare, and is noticed after the second look. */
const JOB_CHECK_MS = 60_000;
/** How often it is looked whose secrets need not be kept any more. */
const PRUNE_INTERVAL_MS = 3_600_000;
/** A command that takes longer counts as failed: a person waits for the answer. */
const COMMAND_TIMEOUT_MS = 2000;

/**
 * Opens the database, connects to Redis and begins to fold the log. With Redis away it starts all the same: reads are
 * served from the database, and everything else follows when Redis is back.
 * @throws if the database cannot be opened.
 */
export async function createApi({
  config,
  redisUrl,
  logger,
  sseEnabled,
  jobCheckMs = JOB_CHECK_MS,
}: ApiOptions): Promise<Api> {
  let upkeep: DatabaseUpkeep | undefined;
  const database = await openDatabase(config.HERMES_DATABASE_PATH, config.HERMES_MAX_DATABASE_SIZE, () =>
    // Migrations come before it is there; what they lack stops the start.
    upkeep?.reportFull(),
  );
  await mergeStrayDatabases({
    database,
    path: config.HERMES_DATABASE_PATH,
    cwd: process.cwd(),
    home: homedir(),
    logger,
  });
  const keys = keyspace(config.HERMES_REDIS_PREFIX);
  const onRedisError = (error: Error) => logger.debug({ err: error }, 'redis');
  const redis = new Redis({ ...redisOptions(redisUrl, 'commands'), commandTimeout: COMMAND_TIMEOUT_MS });
  const subscriber = new Redis(redisOptions(redisUrl, 'patient'));
  const queueSubscriber = new Redis(redisOptions(redisUrl, 'patient'));
  for (const connection of [redis, subscriber, queueSubscriber]) connection.on('error', onRedisError);
  const publisher = new Publisher(redis, keys);
  const credentials = new Credentials(database);
  const downloads = new DownloadStore(database);
  const queue = new DownloadQueue(redis, keys, downloads, onRedisError);
  const mirror = new CredentialMirror(redis, keys);
  const analytics = new AnalyticsPublisher({ database, publisher, logger });
  const projection = new DownloadsProjection({
    database,
    redis,
    subscriber,
    keys,
    publisher,
    logger,
    keep: FACTS_KEPT,
    hardCap: config.HERMES_FACTS_MAX_LENGTH,
    onStatsChanged: () => analytics.changed(),
  });
  upkeep = new DatabaseUpkeep({
    database,
    redis,
    keys,
    publisher,
    logger,
    retentionDays: config.HERMES_HISTORY_RETENTION_DAYS,
  });
  const metrics = new ApiMetrics(() => projection.lag);
  const storage = new StorageMonitor({
    config,
    redis,
    subscriber,
    keys,
    publisher,
    logger,
    metrics: metrics.metrics,
  });
  const service: Service = {
    config,
    logger,
    sseEnabled,
    keys,
    redis,
    publisher,
    queue,
    database,
    downloads,
    secretBox: new SecretBox(config.HERMES_SECRET_KEY_FILE),
    credentials,
    mirror,
    foldLog: () =>
      projection.drain().catch((error: unknown) => {
        logger.warn({ err: error }, 'the database is behind the log');
      }),
    metrics,
    requestReconcile: () => reconciler.request(),
  };
  const reconciler = new Reconciler(service, projection);
  const jobWatch = new JobWatch(service, jobCheckMs);
  const queueStats = new QueueStatsPublisher({ redis, subscriber: queueSubscriber, keys, publisher, logger });
  queueStats.start();
  projection.start(() => reconciler.request());
  const pruning = setInterval(() => {
    downloads.pruneSecrets(new Date(Date.now() - RETRY_WINDOW_MS).toISOString()).catch((error: unknown) => {
      logger.warn({ err: error }, 'the secrets of ended downloads could not be removed');
    });
  }, PRUNE_INTERVAL_MS);
  pruning.unref();
  await storage.start();
  await untilReady(redis);
  upkeep.start();

  return {
    plugin: createPlugin(service, storage),
    metrics: service.metrics.metrics,
    async ensureAdminKey() {
      const { key, created } = await ensureAdminKey(config.HERMES_HOME, credentials);
      await mirrorCredentials(service);
      return { key, created };
    },
    async createLoginCode() {
      const { keyId } = await ensureAdminKey(config.HERMES_HOME, credentials);
      return createLoginCode(redis, keys, keyId);
    },
    async close() {
      clearInterval(pruning);
      storage.close();
      await queueStats.close();
      await jobWatch.close();
      await reconciler.close();
      await projection.close();
      await analytics.close();
      await upkeep.close();
      await queue.close().catch(onRedisError);
      redis.disconnect();
      subscriber.disconnect();
      await database.destroy();
    },
  };
}

async function untilReady(redis: Redis): Promise<void> {
  if (redis.status === 'ready') return;
  await new Promise<void>((done) => {
    const timer = setTimeout(done, REDIS_PATIENCE_MS);
    redis.once('ready', () => {
      clearTimeout(timer);
      done();
    });
  });
}
