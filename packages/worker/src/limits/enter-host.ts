import type { DownloadJob } from '@hermes/contracts';
import type { Logger } from '@hermes/runtime';
import type { Job } from 'bullmq';
import { untilTold } from '../held-attempt.ts';
import type { HostSlots } from './host-slots.ts';

type HostSlot = Awaited<ReturnType<HostSlots['enter']>>;

/** Asks for a slot, for as long as it takes Redis to answer. @returns null if there is no limit, or if the worker stops: then the try finds out by itself. */
export async function enterHost(
  hosts: HostSlots | null,
  job: Job,
  { download_id, url }: DownloadJob,
  stopping: AbortSignal,
  logger: Logger,
): Promise<HostSlot | null> {
  if (hosts === null) return null;
  // The order of the queue: by priority, then by age. Both fit exactly: 2^21 ranks, and seconds below 2^31.
  const rank = job.priority * 2 ** 31 + Math.floor(job.timestamp / 1000);
  const ask = () => hosts.enter({ downloadId: download_id, url, rank });
  return untilTold(ask, stopping, logger).catch((error: unknown) => {
    if (stopping.aborted) return null;
    throw error;
  });
}
