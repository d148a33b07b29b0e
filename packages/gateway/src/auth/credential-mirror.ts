import { type Credential, credentialSchema, type Keyspace } from '@hermes/contracts';
import type { Redis } from 'ioredis';

/** Looks a credential up where the API mirrors them. The gateway only ever reads. */
export async function findMirroredCredential(redis: Redis, keys: Keyspace, sha256: string): Promise<Credential | null> {
  const json = await redis.hget(keys.credentials, sha256);
  return json === null ? null : credentialSchema.parse(JSON.parse(json));
}

/** Which of these the mirror still has, in order. */
export async function stillMirrored(redis: Redis, keys: Keyspace, hashes: readonly string[]): Promise<boolean[]> {
  if (hashes.length === 0) return [];
  const found = await redis.hmget(keys.credentials, ...hashes);
  return found.map((json) => json !== null);
}
