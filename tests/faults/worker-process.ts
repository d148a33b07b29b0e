import { createLogger, loadConfig } from '@hermes/runtime';
import { startWorker } from '@hermes/worker';

/** A worker as a process of its own, with the short times that a test wants. It says `ready` when it takes jobs. */
const { redisUrl, environment, timing } = JSON.parse(process.argv[2] ?? '{}') as {
  redisUrl: string;
  environment: Record<string, string>;
  timing: { lock: number; stalledCheck: number };
};
await startWorker({ config: loadConfig(environment), redisUrl, logger: createLogger('worker', 'silent'), timing });
process.stdout.write('ready\n');
