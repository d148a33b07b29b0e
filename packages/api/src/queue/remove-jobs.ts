import type { DownloadStatus } from '@hermes/contracts';
import type { Service } from '../service.ts';
import { enqueueDownloads } from './enqueue-downloads.ts';

/**
 * Takes the jobs of downloads that do not wait any more out of the queue. Log and queue cannot be changed in one step, and
 * whoever resumes or retries a download in between finds its old job still there and adds none: so what waits again by
 * then is given one.
 */
export async function removeJobs(service: Service, ids: readonly string[]): Promise<void> {
  await service.queue.remove(ids);
  const statuses = await readStatuses(service, ids);
  const again = ids.filter((_, at) => statuses[at] === 'queued');
  if (again.length > 0) await enqueueDownloads(service, again);
}

/** The same from the other side: of jobs that have just been added, those that nobody wants any more. */
export async function removeUnwantedJobs(service: Service, ids: readonly string[]): Promise<void> {
  const statuses = await readStatuses(service, ids);
  const unwanted = ids.filter((_, at) => !HAS_JOB.has(statuses[at] ?? null));
  if (unwanted.length > 0) await removeJobs(service, unwanted);
}

const HAS_JOB: ReadonlySet<DownloadStatus | null> = new Set(['queued', 'downloading', 'processing']);

/** As the log has them; null for what it does not know. Sent all at once they are one round trip. */
function readStatuses({ redis, keys }: Service, ids: readonly string[]): Promise<(DownloadStatus | null)[]> {
  return Promise.all(
    ids.map(async (id) => {
      const json = await redis.hget(keys.download(id), 'status');
      return json === null ? null : (JSON.parse(json) as DownloadStatus);
    }),
  );
}
