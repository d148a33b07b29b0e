import { randomUUID } from 'node:crypto';
import {
  type CreateDownloadRequest,
  type CreateDownloadResponse,
  type Download,
  type DownloadJob,
  type DownloadSecrets,
  queueRank,
} from '@hermes/contracts';
import { isRedisAway } from '@hermes/runtime';
import { toRow } from '../database/download-rows.ts';
import type { Service } from '../service.ts';
import {
  claimIdempotencyKey,
  completeIdempotencyKey,
  fingerprintOf,
  type IdempotencyRecord,
  idempotencyName,
} from './idempotency.ts';
import { type OpenRequest, separateSecrets } from './separate-secrets.ts';

/** The only engine there is so far. */
const ENGINE = 'http';

/**
 * Accepts a download. The order makes every crash harmless: first the database (so that a reconciliation can finish what
 * follows), then the log (from here on it exists for everyone), then the job. Each step may be repeated.
 * @param idempotency the key that the caller sent, and whose it is.
 * @throws {ProblemError} VALIDATION_FAILED for a user name that cannot be sent; IDEMPOTENCY_CONFLICT; an ioredis error if Redis is away, with nothing done.
 */
export async function createDownload(
  service: Service,
  request: CreateDownloadRequest,
  idempotency: { key: string; keyId: string } | null,
): Promise<CreateDownloadResponse> {
  const { redis, keys, secretBox } = service;
  const { open, secrets } = separateSecrets(request);
  if (idempotency === null) {
    // Before anything is written: with Redis away there is nothing to undo.
    await redis.ping();
    return accept(service, randomUUID().replaceAll('-', ''), open, secrets);
  }
  const name = idempotencyName(keys, idempotency.keyId, idempotency.key);
  // Keyed: a plain hash of a short password could be guessed.
  const fingerprint = secrets === null ? fingerprintOf(open) : await secretBox.fingerprint(fingerprintOf(request));
  const claim = await claimIdempotencyKey(redis, name, fingerprint, randomUUID().replaceAll('-', ''));
  if (!claim.first && (await isDone(service, claim.record))) return accepted(claim.record.download_id);
  const response = await accept(service, claim.record.download_id, open, secrets);
  await completeIdempotencyKey(redis, name, claim.record).catch((error: unknown) => {
    // A repetition then goes through the steps once more, and each finds itself done.
    service.logger.warn({ err: error }, 'an idempotency key could not be marked as done');
  });
  return response;
}

/** The log forgets a download an hour after its end, so it is not the log alone that is asked. */
async function isDone(service: Service, record: IdempotencyRecord): Promise<boolean> {
  if (record.done) return true;
  const row = await service.downloads.find(record.download_id);
  return row !== null && row.epoch !== '' && row.status !== 'queued';
}

async function accept(
  service: Service,
  id: string,
  request: OpenRequest,
  secrets: DownloadSecrets | null,
): Promise<CreateDownloadResponse> {
  const now = new Date().toISOString();
  const job = toJob(id, request, secrets !== null);
  const sealed = secrets === null ? null : await service.secretBox.seal(id, JSON.stringify(secrets));
  const { seq, status, attempt, ...fresh }: Download = {
    download_id: id,
    seq: 0,
    url: request.url,
    status: 'queued',
    progress: null,
    downloaded_bytes: 0,
    total_bytes: null,
    download_speed: null,
    eta: null,
    filename: request.filename ?? null,
    engine: job.engine,
    priority: request.priority,
    attempt: 0,
    error: null,
    result: null,
    session_id: request.session_id ?? null,
    created_at: now,
    started_at: null,
    completed_at: null,
    updated_at: now,
  };
  await service.downloads.insertNew(toRow({ ...fresh, seq, status, attempt }, ''), job, sealed);
  try {
    const verdict = await service.publisher.createDownload(fresh);
    // A repetition that finds it under way.
    if (!verdict.accepted && verdict.status !== 'queued') return accepted(id);
  } catch (error) {
    await withdraw(service, id, error);
    throw error;
  }
  try {
    await service.queue.add([{ job, rank: queueRank(request.priority) }]);
  } catch (error) {
    // It has been accepted and everyone has been told: the job follows as soon as Redis takes it.
    service.logger.warn({ err: error, download_id: id }, 'a download waits to be enqueued');
    service.requestReconcile();
  }
  return accepted(id);
}

/**
 * The caller is told that nothing was done, so nothing must be left. Where the answer was lost on its way the log may
 * have the download after all: then it stays, whole, and an Idempotency-Key finds it again.
 */
async function withdraw(service: Service, id: string, error: unknown): Promise<void> {
  if (isRedisAway(error) && !/isn't writeable/.test((error as Error).message)) {
    service.requestReconcile();
    return;
  }
  await service.downloads.removeUntold(id);
}

function toJob(id: string, request: OpenRequest, withSecrets: boolean): DownloadJob {
  return {
    download_id: id,
    engine: ENGINE,
    url: request.url,
    ...(request.filename === undefined ? {} : { filename: request.filename }),
    ...(request.checksum === undefined ? {} : { checksum: request.checksum }),
    ...(request.format === undefined ? {} : { format: request.format }),
    ...(withSecrets ? { with_secrets: true } : {}),
  };
}

function accepted(id: string): CreateDownloadResponse {
  return { download_id: id, status: 'queued' };
}
