import { randomUUID } from 'node:crypto';
import {
  type CreateDownloadRequest,
  type CreateDownloadResponse,
  createDownloadResponseSchema,
} from '@hermes/contracts';
import { ProblemError } from '@hermes/runtime';
import type { Service } from '../service.ts';
import { acceptDownloads, type NewDownload } from './accept-downloads.ts';
import {
  claimIdempotencyKey,
  completeIdempotencyKey,
  fingerprintOf,
  type IdempotencyRecord,
  idempotencyName,
} from './idempotency.ts';
import { separateSecrets } from './separate-secrets.ts';

/**
 * Accepts a download.
 * @param idempotency the key that the caller sent, and whose it is.
 * @throws {ProblemError} VALIDATION_FAILED for a user name that cannot be sent; IDEMPOTENCY_CONFLICT; DUPLICATE_DOWNLOAD;
 * an ioredis error if Redis is away, with nothing done.
 */
export async function createDownload(
  service: Service,
  request: CreateDownloadRequest,
  idempotency: { key: string; keyId: string } | null,
): Promise<CreateDownloadResponse> {
  const { redis, keys, secretBox } = service;
  const { open, secrets } = separateSecrets(request);
  const id = randomUUID().replaceAll('-', '');
  if (idempotency === null) {
    // Before anything is written: with Redis away there is nothing to undo.
    await redis.ping();
    return acceptOne(service, { id, open, secrets });
  }
  const name = idempotencyName(keys, idempotency.keyId, idempotency.key);
  // Keyed: a plain hash of a short password could be guessed.
  const fingerprint = secrets === null ? fingerprintOf(open) : await secretBox.fingerprint(fingerprintOf(request));
  const { record, first } = await claimIdempotencyKey(redis, name, fingerprint, id);
  if (!first && (await isDone(service, record))) {
    return createDownloadResponseSchema.safeParse(record.answer).data ?? accepted(record.download_id);
  }
  const response = await acceptOne(service, { id: record.download_id, open, secrets });
  await completeIdempotencyKey(redis, name, record, response).catch((error: unknown) => {
    // A repetition then goes through the steps once more, and each finds itself done.
    service.logger.warn({ err: error }, 'an idempotency key could not be marked as done');
  });
  return response;
}

async function acceptOne(service: Service, download: NewDownload): Promise<CreateDownloadResponse> {
  const [answer] = await acceptDownloads(service, [download]);
  if (answer instanceof ProblemError) throw answer;
  return answer ?? accepted(download.id);
}

/** The log forgets a download an hour after its end, so it is not the log alone that is asked. */
async function isDone(service: Service, record: IdempotencyRecord): Promise<boolean> {
  if (record.done) return true;
  const row = await service.downloads.find(record.download_id);
  return row !== null && row.epoch !== '' && row.status !== 'queued';
}

function accepted(id: string): CreateDownloadResponse {
  return { download_id: id, status: 'queued' };
}
