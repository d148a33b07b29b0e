import { type Download, type DownloadJob, queueRank } from '@hermes/contracts';
import { readDownload } from '@hermes/event-log';
import type { Service } from '../service.ts';

/**
 * Gives downloads that the log has as queued their jobs. What the queue does not take now follows by the reconciliation:
 * everyone has been told already.
 */
export async function enqueueDownloads(service: Service, ids: readonly string[]): Promise<void> {
  const { redis, keys, downloads, queue, logger } = service;
  try {
    const [records, jobs] = await Promise.all([
      Promise.all(ids.map((id) => readDownload(redis, keys, id))),
      downloads.findJobs(ids),
    ]);
    const waiting = records.filter((record) => record?.status === 'queued') as Download[];
    await queue.add(
      waiting.map((download) => ({
        job: jobs.get(download.download_id) ?? jobFor(download),
        rank: queueRank(download.priority),
      })),
    );
  } catch (error) {
    logger.warn({ err: error }, 'downloads wait to be enqueued');
    service.requestReconcile();
  }
}

/** For one that did not come through this API: all there is to know about it. */
export function jobFor(download: Download): DownloadJob {
  return {
    download_id: download.download_id,
    url: download.url,
    ...(download.engine === null ? {} : { engine: download.engine }),
    ...(download.filename === null ? {} : { filename: download.filename }),
  };
}
