import type { Publisher } from '@hermes/event-log';

/** A download that a worker has begun, its first attempt claimed: the script takes progress of it. */
export async function createDownload(publisher: Publisher, id: string, totalBytes: number): Promise<void> {
  const now = new Date().toISOString();
  await publisher.createDownload({
    download_id: id,
    url: `https://files.example/${id}.iso`,
    progress: 0,
    downloaded_bytes: 0,
    total_bytes: totalBytes,
    download_speed: null,
    eta: null,
    filename: `${id}.iso`,
    engine: 'http',
    priority: 50,
    error: null,
    result: null,
    session_id: null,
    created_at: now,
    started_at: null,
    completed_at: null,
    updated_at: now,
  });
  await publisher.claimAttempt(id, { started_at: now });
}
