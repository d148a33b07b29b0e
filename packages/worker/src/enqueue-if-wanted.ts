import { downloadJobOptions, queueRank } from '@hermes/contracts';
import { readDownload } from '@hermes/event-log';
import type { Job, Queue } from 'bullmq';
import type { DownloadContext } from './download-try.ts';

/**
 * Someone who resumes or retries a download while the job of its last try still lies here cannot enqueue it: the id is
 * taken. So whoever ends a job looks whether the download waits for another one. Should this be missed, by a crash in
 * between, the API's next reconciliation enqueues it.
 */
export async function enqueueIfWanted(
  queue: Queue,
  { commands, keys, logger }: Pick<DownloadContext, 'commands' | 'keys' | 'logger'>,
  job: Job,
): Promise<void> {
  const id = job.id;
  if (id === undefined) return;
  try {
    const download = await readDownload(commands, keys, id);
    if (download?.status !== 'queued') return;
    // One that only waits for its next try has its job already: then this changes nothing.
    await queue.add(job.name, job.data, downloadJobOptions(id, queueRank(download.priority)));
  } catch (error) {
    logger.warn({ err: error, download_id: id }, 'It could not be seen whether the download waits for another try');
  }
}
