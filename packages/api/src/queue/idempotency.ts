import { createHash } from 'node:crypto';
import { downloadIdSchema, type Keyspace } from '@hermes/contracts';
import { ProblemError } from '@hermes/runtime';
import type { Redis } from 'ioredis';
import { z } from 'zod';

/** How long an Idempotency-Key is remembered. */
const REMEMBERED_SECONDS = 24 * 3600;

const recordSchema = z.object({
  /** SHA-256 of the request that the key was first used for. */
  fingerprint: z.string(),
  /** Chosen before anything is done, so that whoever finishes the work finishes the same download. */
  download_id: downloadIdSchema,
  /** True once everything has been done. */
  done: z.boolean(),
  /** What was answered then, where it is more than the id. */
  answer: z.unknown().optional(),
});
export type IdempotencyRecord = z.infer<typeof recordSchema>;

/**
 * Takes a key for a request, or finds what it was taken for. Atomic: of many at once one takes it.
 * @throws {ProblemError} IDEMPOTENCY_CONFLICT if it was taken for a different request.
 */
export async function claimIdempotencyKey(
  redis: Redis,
  name: string,
  fingerprint: string,
  downloadId: string,
): Promise<{ record: IdempotencyRecord; first: boolean }> {
  const record: IdempotencyRecord = { fingerprint, download_id: downloadId, done: false };
  for (;;) {
    const taken = await redis.set(name, JSON.stringify(record), 'EX', REMEMBERED_SECONDS, 'NX');
    if (taken === 'OK') return { record, first: true };
    const found = await redis.get(name);
    // It expired between the two: take it anew.
    if (found === null) continue;
    const earlier = recordSchema.parse(JSON.parse(found));
    if (earlier.fingerprint !== fingerprint) throw new ProblemError('IDEMPOTENCY_CONFLICT');
    return { record: earlier, first: false };
  }
}

export async function completeIdempotencyKey(
  redis: Redis,
  name: string,
  record: IdempotencyRecord,
  answer: unknown,
): Promise<void> {
  await redis.set(name, JSON.stringify({ ...record, done: true, answer }), 'EX', REMEMBERED_SECONDS, 'XX');
}

/** Where the record of a key lies. Each credential has keys of its own. */
export function idempotencyName(keys: Keyspace, keyId: string, idempotencyKey: string): string {
  return keys.idempotency(
    createHash('sha256')
      .update(JSON.stringify([keyId, idempotencyKey]))
      .digest('hex'),
  );
}

/** Equal for requests that mean the same, in whatever order their properties stand. */
export function fingerprintOf(request: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify(sorted(request)))
    .digest('hex');
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, part]) => [key, sorted(part)]),
  );
}
