import { type Counts, DOWNLOAD_STATUSES, type Keyspace } from '@hermes/contracts';
import type { Redis } from 'ioredis';
import { Script } from './script.ts';

const replaceCountsScript = new Script<0 | 1>('replace-counts.lua');

/**
 * Replaces the counts, which are a running sum, by what somebody knows better.
 * @param expected as they were read before the better ones were counted.
 * @returns false if they have changed since: then nothing was done.
 */
export async function replaceCounts(redis: Redis, keys: Keyspace, expected: Counts, wanted: Counts): Promise<boolean> {
  const args = DOWNLOAD_STATUSES.flatMap((status) => [status, expected[status], wanted[status]]);
  return (await replaceCountsScript.run(redis, [keys.counts], args)) === 1;
}
