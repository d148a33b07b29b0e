import { type Counts, DOWNLOAD_STATUSES } from '@hermes/contracts';
import { readCounts, replaceCounts } from '@hermes/event-log';
import type { DownloadsProjection } from '../projections/downloads-projection.ts';
import type { Service } from '../service.ts';

const TRIES = 5;

/** The counts in Redis are a running sum; after a loss the database, once it has folded everything, knows better. */
export async function correctCounts(service: Service, projection: DownloadsProjection): Promise<void> {
  const { redis, keys, downloads, logger } = service;
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const before = await readCounts(redis, keys);
    await projection.drain();
    const wanted = await downloads.counts(true);
    if (isEqual(before, wanted)) return;
    if (await replaceCounts(redis, keys, before, wanted)) return;
  }
  logger.debug('the counts are too busy to be compared');
}

function isEqual(a: Counts, b: Counts): boolean {
  return DOWNLOAD_STATUSES.every((status) => a[status] === b[status]);
}
