import { type Counts, DOWNLOAD_STATUSES } from '@hermes/contracts';
import { readCounts } from '@hermes/event-log';
import type { DownloadsProjection } from '../projections/downloads-projection.ts';
import type { Service } from '../service.ts';

const TRIES = 5;

/**
 * KEYS 1 counts · ARGV status, expected, wanted, …
 * Compare-and-set over all of them: whatever changed meanwhile makes it void, so two APIs do not correct twice.
 */
const SET_COUNTS = `
for i = 1, #ARGV, 3 do
  if math.max(0, tonumber(redis.call('HGET', KEYS[1], ARGV[i]) or '0')) ~= tonumber(ARGV[i + 1]) then return 0 end
end
for i = 1, #ARGV, 3 do redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 2]) end
return 1`;

/** The counts in Redis are a running sum; after a loss the database, once it has folded everything, knows better. */
export async function correctCounts(service: Service, projection: DownloadsProjection): Promise<void> {
  const { redis, keys, downloads, logger } = service;
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const before = await readCounts(redis, keys);
    await projection.drain();
    const wanted = await downloads.counts(true);
    if (isEqual(before, wanted)) return;
    const answer = await redis.eval(
      SET_COUNTS,
      1,
      keys.counts,
      ...DOWNLOAD_STATUSES.flatMap((status) => [status, before[status], wanted[status]]),
    );
    if (answer === 1) return;
  }
  logger.debug('the counts are too busy to be compared');
}

function isEqual(a: Counts, b: Counts): boolean {
  return DOWNLOAD_STATUSES.every((status) => a[status] === b[status]);
}
