import { randomBytes } from 'node:crypto';
import type { Keyspace } from '@hermes/contracts';
import { hashSecret } from '@hermes/runtime';
import type { Redis } from 'ioredis';

/** How long a log-in code may be used. */
const CODE_SECONDS = 600;
const CODE_BYTES = 24;

/** Makes a code that logs in once, as the given key. It is in a URL that lands in a terminal: short-lived and one-use. */
export async function createLoginCode(redis: Redis, keys: Keyspace, keyId: string): Promise<string> {
  const code = randomBytes(CODE_BYTES).toString('base64url');
  await redis.set(keys.loginCode(hashSecret(code)), keyId, 'EX', CODE_SECONDS);
  return code;
}

/** @returns the id of the key that the code stands for; null if it was used, has expired or never was. */
export async function redeemLoginCode(redis: Redis, keys: Keyspace, code: string): Promise<string | null> {
  // Read and delete in one step: of two who come with the same code one gets in. (GETDEL needs a newer Redis.)
  const answer = await redis
    .multi()
    .get(keys.loginCode(hashSecret(code)))
    .del(keys.loginCode(hashSecret(code)))
    .exec();
  const value = answer?.[0]?.[1];
  return typeof value === 'string' ? value : null;
}
