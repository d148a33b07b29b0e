import { randomBytes } from 'node:crypto';
import {
  type CreateTokenResponse,
  type Credential,
  credentialSchema,
  type Keyspace,
  STREAM_TOKEN_PREFIX,
  type StreamToken,
} from '@hermes/contracts';
import { hashSecret } from '@hermes/runtime';
import type { Redis } from 'ioredis';
import { findMirroredCredential } from './credential-mirror.ts';

const SECRET_BYTES = 32;
/** Whoever comes a little late is told that the token has expired, not that it is unknown. */
const KEPT_AFTER_EXPIRY_MS = 60_000;

interface Maker {
  /** Null while authentication is off: then nobody looks at tokens either. */
  credential: Credential | null;
  credentialHash: string | null;
}

/** Makes a token that opens a scope for `ttl` seconds, and not for longer than its maker itself may read. */
export async function createStreamToken(
  redis: Redis,
  keys: Keyspace,
  { scope, ttl }: { scope: string; ttl: number },
  { credential, credentialHash }: Maker,
): Promise<CreateTokenResponse> {
  const token = STREAM_TOKEN_PREFIX + randomBytes(SECRET_BYTES).toString('base64url');
  const now = Date.now();
  const end = credential?.expires_at == null ? Number.POSITIVE_INFINITY : Date.parse(credential.expires_at);
  const expiresAt = Math.min(now + ttl * 1000, end);
  const expires_at = new Date(expiresAt).toISOString();
  if (credential !== null && credentialHash !== null) {
    const stored: StreamToken = {
      kind: 'token',
      key_id: credential.key_id,
      name: credential.name,
      permissions: ['read'],
      expires_at,
      scope,
      parent: credentialHash,
    };
    const lastsMs = Math.ceil(expiresAt - now) + KEPT_AFTER_EXPIRY_MS;
    await redis.set(keys.token(hashSecret(token)), JSON.stringify(stored), 'PX', lastsMs);
  }
  return { token, expires_at, scope, ttl: Math.ceil((expiresAt - now) / 1000) };
}

/**
 * A token that is known and whose maker still is. Expired ones are found too: the caller says what has expired.
 * @throws {ProblemError} REDIS_UNAVAILABLE while it cannot be told whether the maker is known.
 */
export async function findStreamToken(redis: Redis, keys: Keyspace, sha256: string): Promise<Credential | null> {
  const json = await redis.get(keys.token(sha256));
  if (json === null) return null;
  const token = credentialSchema.parse(JSON.parse(json));
  if (token.kind !== 'token') return null;
  return (await findMirroredCredential(redis, keys, token.parent)) === null ? null : token;
}
