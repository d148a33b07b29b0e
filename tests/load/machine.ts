import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism, release, totalmem } from 'node:os';
import { promisify } from 'node:util';
import { findRedisServer } from '@hermes/runtime';
import { CACHE_DIR } from '../support/test-redis.ts';
import { assignCores } from './process/cores.ts';
import { findNchan } from './targets/nchan-target.ts';

const run = promisify(execFile);

/** What a reader needs to know of the machine to compare the numbers with others. */
export async function describeMachine(): Promise<Record<string, string>> {
  const redis = await findRedisServer(CACHE_DIR, () => {});
  const nginx = findNchan();
  const { server, load } = assignCores();
  const processor = /^model name\s*:\s*(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1] ?? 'unknown';
  const redisVersion = await run(redis.path, ['--version'], { env: redis.env });
  return {
    processor: `${processor}, ${availableParallelism()} cores`,
    memory: `${(totalmem() / 2 ** 30).toFixed(0)} GiB`,
    kernel: `Linux ${release()}`,
    node: process.version,
    redis: /v=(\S+)/.exec(redisVersion.stdout)?.[1] ?? 'unknown',
    nginx:
      nginx === null ? 'not installed' : (/nginx\/(\S+)/.exec((await run(nginx, ['-v'])).stderr)?.[1] ?? 'unknown'),
    cores:
      server === null
        ? 'not pinned'
        : `server on core ${server}; clients, publisher and Redis on core ${load} and what else there is`,
  };
}
