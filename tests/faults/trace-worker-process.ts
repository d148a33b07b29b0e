import { createLogger, loadConfig, untilSignal } from '@hermes/runtime';
import { startWorker } from '../../packages/worker/src/start-worker.ts';

/** The worker as a process of its own, that says all it ever could say. */
const config = loadConfig();
const logger = createLogger('worker', 'trace');
const worker = await startWorker({ config, redisUrl: config.HERMES_REDIS_URL ?? '', logger });
await untilSignal();
await worker.close();
process.exit(0);
