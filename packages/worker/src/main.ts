import { EnvironmentError } from '@hermes/contracts';
import { createLogger, loadConfig, untilSignal } from '@hermes/runtime';
import { startWorker } from './start-worker.ts';

/** The worker as a process of its own. */
async function main(): Promise<void> {
  const config = loadConfig();
  const redisUrl = config.HERMES_REDIS_URL;
  if (redisUrl === null) {
    throw new EnvironmentError('HERMES_REDIS_URL', '', 'a worker by itself needs the URL of a Redis');
  }
  const logger = createLogger('worker');
  // Listened for from the start: one that comes right after must not end the process without a word to the queue.
  const starting = new AbortController();
  const stopped = untilSignal().then((signal) => {
    starting.abort();
    return signal;
  });
  const worker = await startWorker({ config, redisUrl, logger, signal: starting.signal }).catch((error: unknown) => {
    if (!starting.signal.aborted) throw error;
    return null;
  });
  const signal = await stopped;
  logger.info({ signal }, 'Worker stops');
  await worker?.close();
  // What a Redis that is away still keeps waiting must not keep the process.
  process.exit(0);
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(error instanceof EnvironmentError ? 2 : 1);
}
