import { createHash, randomUUID } from 'node:crypto';
import {
  type CreateBatchRequest,
  type CreateBatchResponse,
  createBatchResponseSchema,
  createDownloadRequestSchema,
} from '@hermes/contracts';
import { ProblemError, validate } from '@hermes/runtime';
import type { Service } from '../service.ts';
import { acceptDownloads, type NewDownload } from './accept-downloads.ts';
import { claimIdempotencyKey, completeIdempotencyKey, fingerprintOf, idempotencyName } from './idempotency.ts';
import { separateSecrets } from './separate-secrets.ts';

/**
 * Accepts or refuses each of many URLs by itself, under one session.
 * @param idempotency the key that the caller sent, and whose it is.
 * @throws {ProblemError} IDEMPOTENCY_CONFLICT; an ioredis error if Redis is away, with nothing done.
 */
export async function createBatch(
  service: Service,
  request: CreateBatchRequest,
  idempotency: { key: string; keyId: string } | null,
): Promise<CreateBatchResponse> {
  const { redis, keys, secretBox } = service;
  const session = randomUUID().replaceAll('-', '');
  if (idempotency === null) {
    await redis.ping();
    return accept(service, session, request);
  }
  const name = idempotencyName(keys, idempotency.keyId, idempotency.key);
  // Keyed: there may be passwords in the URLs.
  const fingerprint = await secretBox.fingerprint(fingerprintOf(request));
  const { record } = await claimIdempotencyKey(redis, name, fingerprint, session);
  const known = record.done ? createBatchResponseSchema.safeParse(record.answer) : null;
  if (known?.success) return known.data;
  const response = await accept(service, record.download_id, request);
  await completeIdempotencyKey(redis, name, record, response).catch((error: unknown) => {
    service.logger.warn({ err: error }, 'an idempotency key could not be marked as done');
  });
  return response;
}

async function accept(
  service: Service,
  session: string,
  { urls, priority, duplicates }: CreateBatchRequest,
): Promise<CreateBatchResponse> {
  const ids = idsOf(session, urls.length);
  const parsed = urls.map((url, at) =>
    toDownload(ids[at] ?? '', at, { url, priority, duplicates, session_id: session }),
  );
  const good = parsed.filter((one) => !(one instanceof ProblemError)) as NewDownload[];
  const answers = good.length === 0 ? [] : await acceptDownloads(service, good);
  const byId = new Map(good.map(({ id }, at) => [id, answers[at]]));
  return {
    session_id: session,
    items: parsed.map((one, at) => {
      // What is told of a URL goes into no log; the password in it goes into no answer either.
      const url = one instanceof ProblemError ? withoutUserInfo(urls[at] ?? '') : one.open.url;
      const answer = one instanceof ProblemError ? one : byId.get(one.id);
      if (answer === undefined) throw new Error('a download of a batch got no answer');
      if (answer instanceof ProblemError) return { url, error: { code: answer.code, message: answer.message } };
      return { url, ...answer };
    }),
  };
}

/**
 * The same for a repetition of the batch. In their order: of those that were created in the same millisecond, whoever lists
 * them goes by the id.
 */
function idsOf(session: string, count: number): string[] {
  const hash = (at: number) => createHash('sha256').update(`${session}:${at}`).digest('hex').slice(0, 32);
  return Array.from({ length: count }, (_, at) => hash(at)).sort();
}

function toDownload(id: string, at: number, request: object): NewDownload | ProblemError {
  try {
    const { open, secrets } = separateSecrets(validate(createDownloadRequestSchema, request, `urls.${at}`));
    return { id, open, secrets };
  } catch (error) {
    if (error instanceof ProblemError) return error;
    throw error;
  }
}

function withoutUserInfo(url: string): string {
  return url.replace(/\/\/[^/]*@/, '//');
}
