import type { Publisher } from '@hermes/event-log';
import { makeNewDownload } from '../../support/make-new-download.ts';

/** A download that a worker has begun, its first attempt claimed: the script takes progress of it. */
export async function createDownload(publisher: Publisher, id: string, totalBytes: number): Promise<void> {
  const named = { url: `https://files.example/${id}.iso`, filename: `${id}.iso` };
  await publisher.createDownload(makeNewDownload(id, { ...named, progress: 0, total_bytes: totalBytes }));
  await publisher.claimAttempt(id, { started_at: new Date().toISOString() });
}
