import {
  type CreateDownloadResponse,
  type Download,
  type DownloadJob,
  type DownloadSecrets,
  type EngineName,
  queueRank,
} from '@hermes/contracts';
import type { Verdict } from '@hermes/event-log';
import { isRedisAway, ProblemError } from '@hermes/runtime';
import { toRow } from '../database/download-rows.ts';
import type { Service } from '../service.ts';
import type { OpenRequest } from './separate-secrets.ts';

export interface NewDownload {
  /** Given before anything is done: who does it once more does it to the same download. */
  id: string;
  open: OpenRequest;
  secrets: DownloadSecrets | null;
}

/**
 * Accepts downloads, each by itself. The order makes every crash harmless: first the database (so that a reconciliation
 * can finish what follows), then the log (from here on it exists for everyone), then the job. Each step may be repeated.
 * @returns in the order they came, which is also their order in the queue; a problem for each that was refused.
 * @throws an ioredis error if Redis is away and none was accepted; an error of the database: then nothing was done.
 */
export async function acceptDownloads(
  service: Service,
  downloads: readonly NewDownload[],
): Promise<(CreateDownloadResponse | ProblemError)[]> {
  const fresh = downloads.map(toDownload);
  await store(service, downloads, fresh);
  // All at once: of many they are one round trip.
  const told = await Promise.allSettled(
    fresh.map((download, at) =>
      service.publisher.createDownload(download, { unique: downloads[at]?.open.duplicates === 'refuse' }),
    ),
  );
  await withdraw(service, downloads, told);
  const lost = told.filter((one) => one.status === 'rejected');
  if (lost.length === told.length && lost[0] !== undefined) throw lost[0].reason;
  await enqueue(
    service,
    downloads.filter((_, at) => waits(told[at])),
  );
  return told.map((one, at) => answerFor(downloads[at]?.id ?? '', one));
}

async function store(
  service: Service,
  downloads: readonly NewDownload[],
  fresh: readonly ReturnType<typeof toDownload>[],
): Promise<void> {
  try {
    for (const [at, { id, open, secrets }] of downloads.entries()) {
      const row = toRow({ attempt: 0, ...(fresh[at] as (typeof fresh)[number]), seq: 0, status: 'queued' }, '');
      const sealed = secrets === null ? null : await service.secretBox.seal(id, JSON.stringify(secrets));
      await service.downloads.insertNew(row, toJob(id, open, secrets !== null), sealed);
    }
  } catch (error) {
    for (const { id } of downloads) await service.downloads.removeUntold(id).catch(() => {});
    throw error;
  }
}

/**
 * The caller is told that nothing was done, so nothing must be left. Where the answer was lost on its way the log may
 * have the download after all: then it stays, whole, and an Idempotency-Key finds it again.
 */
async function withdraw(
  service: Service,
  downloads: readonly NewDownload[],
  told: readonly PromiseSettledResult<Verdict>[],
): Promise<void> {
  for (const [at, one] of told.entries()) {
    const id = downloads[at]?.id ?? '';
    if (one.status === 'fulfilled') {
      if (!one.value.accepted && one.value.reason === 'duplicate') await service.downloads.removeUntold(id);
    } else if (isRedisAway(one.reason) && !/isn't writeable/.test((one.reason as Error).message)) {
      service.requestReconcile();
    } else {
      await service.downloads.removeUntold(id);
    }
  }
}

/** Of a repetition that finds it under way nothing is enqueued. */
function waits(told: PromiseSettledResult<Verdict> | undefined): boolean {
  return told?.status === 'fulfilled' && (told.value.accepted || told.value.status === 'queued');
}

async function enqueue(service: Service, downloads: readonly NewDownload[]): Promise<void> {
  if (downloads.length === 0) return;
  try {
    await service.queue.add(
      downloads.map(({ id, open, secrets }) => ({
        job: toJob(id, open, secrets !== null),
        rank: queueRank(open.priority),
      })),
    );
  } catch (error) {
    // They have been accepted and everyone has been told: the jobs follow as soon as Redis takes them.
    service.logger.warn({ err: error, download_id: downloads[0]?.id }, 'a download waits to be enqueued');
    service.requestReconcile();
  }
}

function answerFor(id: string, told: PromiseSettledResult<Verdict>): CreateDownloadResponse | ProblemError {
  if (told.status === 'rejected') return new ProblemError('REDIS_UNAVAILABLE', { cause: told.reason });
  const { accepted, other } = told.value;
  if (!accepted && told.value.reason === 'duplicate') {
    return new ProblemError('DUPLICATE_DOWNLOAD', { detail: `The download ${other} has this URL and has not ended` });
  }
  return { download_id: id, status: 'queued', ...(other === null ? {} : { duplicate_of: other }) };
}

function toDownload({ id, open }: NewDownload): Omit<Download, 'seq' | 'status' | 'attempt'> {
  const now = new Date().toISOString();
  return {
    download_id: id,
    url: open.url,
    progress: null,
    downloaded_bytes: 0,
    total_bytes: null,
    download_speed: null,
    eta: null,
    filename: open.filename ?? null,
    engine: engineOf(open) ?? null,
    priority: open.priority,
    error: null,
    result: null,
    session_id: open.session_id ?? null,
    created_at: now,
    started_at: null,
    completed_at: null,
    updated_at: now,
  };
}

function toJob(id: string, open: OpenRequest, withSecrets: boolean): DownloadJob {
  const engine = engineOf(open);
  return {
    download_id: id,
    url: open.url,
    ...(engine === undefined ? {} : { engine }),
    ...(open.filename === undefined ? {} : { filename: open.filename }),
    ...(open.checksum === undefined ? {} : { checksum: open.checksum }),
    ...(open.format === undefined ? {} : { format: open.format }),
    ...(withSecrets ? { with_secrets: true } : {}),
  };
}

/** Only one knows formats; what is left open is for the worker to choose. */
function engineOf({ engine, format }: OpenRequest): EngineName | undefined {
  return engine ?? (format === undefined ? undefined : 'yt-dlp');
}
