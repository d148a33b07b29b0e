import { type Credential, credentialSchema, type Keyspace } from '@hermes/contracts';
import { ProblemError } from '@hermes/runtime';
import type { Redis } from 'ioredis';

/**
 * Looks a credential up where the API mirrors them. The gateway only ever reads.
 * @throws {ProblemError} REDIS_UNAVAILABLE while there is no mirror: after a flush nobody is known until the API has
 * filled it again, and a client that is told that its key is wrong does not come back.
 */
export async function findMirroredCredential(redis: Redis, keys: Keyspace, sha256: string): Promise<Credential | null> {
  const json = await redis.hget(keys.credentials, sha256);
  if (json !== null) return credentialSchema.parse(JSON.parse(json));
  if ((await redis.exists(keys.credentials)) === 0) {
    throw new ProblemError('REDIS_UNAVAILABLE', {
      detail: 'Redis holds no credentials yet; the API is to restore them',
    });
  }
  return null;
}

/** Those of these that the mirror has no more; null while there is no mirror. */
export async function goneFromMirror(
  redis: Redis,
  keys: Keyspace,
  hashes: readonly string[],
): Promise<Set<string> | null> {
  if (hashes.length === 0) return new Set();
  const found = await redis.hmget(keys.credentials, ...hashes);
  const gone = hashes.filter((_, index) => found[index] === null);
  if (gone.length === hashes.length && (await redis.exists(keys.credentials)) === 0) return null;
  return new Set(gone);
}
