import { mkdir } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { controlMessageSchema, DOWNLOAD_QUEUE, downloadJobSchema, keyspace } from '@hermes/contracts';
import { Publisher } from '@hermes/event-log';
import { type Config, connectRedis, type Logger, type Metrics, redisOptions, SecretBox } from '@hermes/runtime';
import {
  type ConnectionOptions,
  DelayedError,
  type Job,
  Queue,
  UnrecoverableError,
  WaitingError,
  Worker,
} from 'bullmq';
import { DiskGuard } from './disk-guard.ts';
import type { DownloadContext, Outcome } from './download-try.ts';
import { chooseEngine } from './engines/choose-engine.ts';
import { startEngines } from './engines/start-engines.ts';
import { enqueueIfWanted } from './enqueue-if-wanted.ts';
import { readKeptStatus } from './files/kept-status.ts';
import { PartialJanitor } from './files/partial-janitor.ts';
import { enterHost } from './limits/enter-host.ts';
import { HostSlots } from './limits/host-slots.ts';
import { SpeedLimits } from './limits/speed-limits.ts';
import { WorkerMetrics } from './metrics.ts';
import { processDownload } from './process-download.ts';

/** Milliseconds. What a test makes shorter. */
export interface WorkerTiming {
  /** How long a job stays ours without a sign of life. */
  lock: number;
  /** How often workers look for jobs whose lock has run out. */
  stalledCheck: number;
  /** How long a server may say nothing. */
  idleTimeout: number;
  /** How long `close` waits for downloads to be given back. */
  close: number;
  /** How often the disk is looked at. */
  diskCheck: number;
}

const REDIS_PATIENCE_MS = 10_000;
const TIMING: WorkerTiming = { lock: 10_000, stalledCheck: 5000, idleTimeout: 30_000, close: 5000, diskCheck: 10_000 };

export interface WorkerOptions {
  config: Config;
  redisUrl: string;
  logger: Logger;
  timing?: Partial<WorkerTiming>;
  /** Gives up waiting for Redis; whoever aborts later calls `close`. */
  signal?: AbortSignal;
}

/**
 * Takes downloads from the queue and runs them, `HERMES_CONCURRENCY` at a time.
 * @returns a handle whose `close` stops taking jobs, gives running ones back with what they have so far, and ends in
 * bounded time also while Redis is away.
 * @throws if Redis cannot be reached, or the download directory cannot be made; the reason of `signal` if that aborts first.
 */
export async function startWorker({
  config,
  redisUrl,
  logger,
  timing = {},
  signal: giveUpStarting,
}: WorkerOptions): Promise<{ metrics: Metrics; close(): Promise<void> }> {
  const times = { ...TIMING, ...timing };
  const keys = keyspace(config.HERMES_REDIS_PREFIX);
  await mkdir(config.HERMES_DOWNLOAD_DIR, { recursive: true });
  const commands = await connectRedis(redisUrl, 'commands', REDIS_PATIENCE_MS, giveUpStarting);
  const control = await connectRedis(redisUrl, 'patient', REDIS_PATIENCE_MS, giveUpStarting);
  const engines = await startEngines({ config, logger, idleTimeoutMs: times.idleTimeout });
  const metrics = new WorkerMetrics();
  const publisher = new Publisher(commands, keys);
  const disk = new DiskGuard({
    path: config.HERMES_DOWNLOAD_DIR,
    thresholds: { warnPercent: config.HERMES_DISK_WARN_PERCENT, stopPercent: config.HERMES_DISK_STOP_PERCENT },
    redis: commands,
    keys,
    publish: (notification) => publisher.publish('system_notification', notification),
    logger,
    intervalMs: times.diskCheck,
  });
  await disk.start();
  const stopping = new AbortController();
  const givenUp = new AbortController();
  const context: DownloadContext = {
    publisher,
    commands,
    keys,
    secretBox: new SecretBox(config.HERMES_SECRET_KEY_FILE),
    engines,
    chooseEngine: (url) => chooseEngine(url, engines['yt-dlp'], stopping.signal),
    speedLimits: new SpeedLimits({ total: config.HERMES_SPEED_LIMIT, each: config.HERMES_DOWNLOAD_SPEED_LIMIT }),
    downloadDir: config.HERMES_DOWNLOAD_DIR,
    progressIntervalMs: config.HERMES_PROGRESS_INTERVAL_MS,
    frozenAfterMs: times.lock / 2,
    logger,
    metrics,
  };
  const queue = new Queue(DOWNLOAD_QUEUE, { connection: commands, prefix: keys.bullPrefix, skipWaitingForReady: true });
  queue.on('error', (error) => logger.debug({ err: error }, 'Queue'));
  const limit = config.HERMES_MAX_DOWNLOADS_PER_HOST;
  const wake = async (id: string) => {
    const job = await queue.getJob(id);
    if (await job?.isDelayed()) await job?.promote();
  };
  const hosts =
    limit === null ? null : new HostSlots({ redis: commands, keys, limit, leaseMs: 3 * times.lock, wake, logger });
  const janitor = new PartialJanitor({
    downloadDir: config.HERMES_DOWNLOAD_DIR,
    statusOf: (id) => readKeptStatus(commands, keys, id),
    logger,
  });
  void janitor.sweep();

  const worker = new Worker(
    DOWNLOAD_QUEUE,
    // BullMQ hands out a signal only to a function of three parameters.
    async (job: Job, token: string | undefined, signal: AbortSignal | undefined) => {
      // Taken at the very moment that the worker was held back: as if it had not been.
      if (disk.isStopped) return settle(job, token, { kind: 'given_back' });
      const data = downloadJobSchema.safeParse(job.data);
      if (!data.success) throw new UnrecoverableError(`The job is not one of a download: ${data.error.message}`);
      const numbers = {
        isLast: job.attemptsMade + 1 >= (job.opts.attempts ?? 1),
        crashes: job.stalledCounter,
      };
      const signals = {
        interrupted: signal ?? new AbortController().signal,
        stopping: stopping.signal,
        givenUp: givenUp.signal,
      };
      const slot = await enterHost(hosts, job, data.data, stopping.signal, logger);
      if (slot !== null && 'waitMs' in slot) return putOff(job, token, slot.waitMs);
      let outcome: Outcome;
      try {
        outcome = await metrics.count(() => processDownload(context, data.data, numbers, signals));
      } finally {
        await slot?.leave();
      }
      await settle(job, token, outcome);
    },
    {
      // ioredis and BullMQ describe the same options with different optional properties.
      connection: redisOptions(redisUrl, 'patient') as ConnectionOptions,
      prefix: keys.bullPrefix,
      concurrency: config.HERMES_CONCURRENCY,
      autorun: !disk.isStopped,
      lockDuration: times.lock,
      stalledInterval: times.stalledCheck,
      // Whether there were too many crashes is for `processDownload` to say: BullMQ would tell nobody.
      maxStalledCount: Number.MAX_SAFE_INTEGER,
      // The default of 15 s is what a job would wait for after every restart of Redis.
      runRetryDelay: 1000,
      // The id is free again at once: a retry by hand is a new job of the same id.
      removeOnComplete: { count: 0 },
      removeOnFail: { count: 0 },
    },
  );
  worker.on('error', (error) => logger.warn({ err: error }, 'Queue'));
  disk.hold(worker);
  for (const event of ['completed', 'failed'] as const) {
    worker.on(event, (job: Job | undefined) => {
      if (job !== undefined) void enqueueIfWanted(queue, context, job);
    });
  }

  control.on('message', (_channel, text) => {
    const message = controlMessageSchema.safeParse(parseJson(text));
    if (message.success && (message.data.type === 'cancel' || message.data.type === 'pause')) {
      worker.cancelJob(message.data.download_id, message.data.type);
      // One that no worker holds leaves its partial file to whoever hears of it.
      if (message.data.type === 'cancel') void janitor.look(message.data.download_id);
    }
  });
  await control.subscribe(keys.control);
  await worker.waitUntilReady();
  logger.info({ concurrency: config.HERMES_CONCURRENCY, directory: config.HERMES_DOWNLOAD_DIR }, 'Worker is ready');

  return {
    metrics: metrics.metrics,
    async close(): Promise<void> {
      disk.close();
      janitor.close();
      const closed = worker.close();
      stopping.abort(new Error('the worker stops'));
      // With Redis away BullMQ's own closing never ends. What it leaves then does nothing any more, and the job is
      // handed to another worker once its lock has run out.
      if (await isLater(closed, times.close)) {
        logger.warn('Redis did not take the downloads back in time');
        givenUp.abort(new Error('the worker has stopped'));
        worker.disconnect().catch(() => {});
      }
      await queue.close().catch(() => {});
      commands.disconnect();
      control.disconnect();
      await Promise.all(Object.values(engines).map((engine) => engine.close()));
    },
  };
}

/** Whether `event` has not come within `ms`. */
async function isLater(event: Promise<unknown>, ms: number): Promise<boolean> {
  const timer = new AbortController();
  const late = delay(ms, true, { signal: timer.signal }).catch(() => false);
  const later = await Promise.race([event.then(() => false), late]);
  timer.abort();
  return later;
}

/** Back into the queue, without a try being used up. */
async function putOff(job: Job, token: string | undefined, ms: number): Promise<never> {
  await job.moveToDelayed(Date.now() + ms, token);
  throw new DelayedError();
}

/** Tells BullMQ what the log has been told already. */
async function settle(job: Job, token: string | undefined, outcome: Outcome): Promise<void> {
  switch (outcome.kind) {
    case 'completed':
    case 'lost':
      return;
    case 'given_back':
      await job.moveToWait(token);
      throw new WaitingError();
    case 'retry':
      // Read from this very object when the job is put back; what the producer has set stands for the next time.
      if (outcome.failure.retryAfterMs !== undefined) {
        job.opts.backoff = { type: 'fixed', delay: outcome.failure.retryAfterMs };
      }
      throw outcome.failure;
    case 'failed':
      throw new UnrecoverableError(`${outcome.failure.code}: ${outcome.failure.message}`);
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
