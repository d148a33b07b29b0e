import { type ControlMessage, credentialSchema, type Keyspace } from '@hermes/contracts';
import type { Redis } from 'ioredis';
import type { Service } from '../service.ts';
import type { Credentials } from './credentials.ts';

/**
 * Keeps in Redis what gateways need to recognise a caller. The database decides; what could not be told while Redis
 * was away is told by `mirrorAll` when it is back.
 */
export class CredentialMirror {
  readonly #redis: Redis;
  readonly #keys: Keyspace;

  constructor(redis: Redis, keys: Keyspace) {
    this.#redis = redis;
    this.#keys = keys;
  }

  /** Makes the mirror equal to the database, and ends the streams of what is no longer there. */
  async mirrorAll(credentials: Credentials): Promise<void> {
    const mirrored = await this.#redis.hgetall(this.#keys.credentials);
    // Read after the mirror: what is mirrored and not here was removed, not just added.
    const stored = await credentials.all();
    const changed = [...stored].flatMap(([sha256, credential]) => {
      const json = JSON.stringify(credential);
      return mirrored[sha256] === json ? [] : [sha256, json];
    });
    if (changed.length > 0) await this.#redis.hset(this.#keys.credentials, ...changed);
    const revoked = Object.entries(mirrored).filter(([sha256]) => !stored.has(sha256));
    if (revoked.length > 0) await this.#redis.hdel(this.#keys.credentials, ...revoked.map(([sha256]) => sha256));
    for (const [sha256, json] of revoked) await this.#tell(farewellTo(sha256, json));
  }

  async #tell(message: ControlMessage): Promise<void> {
    await this.#redis.publish(this.#keys.control, JSON.stringify(message));
  }
}

/** The database has decided already; if Redis is away the gateways are told when it is back. */
export async function mirrorCredentials(service: Service): Promise<void> {
  try {
    await service.mirror.mirrorAll(service.credentials);
  } catch (error) {
    service.logger.warn({ err: error }, 'the credentials in Redis are out of date');
    service.requestReconcile();
  }
}

/** A key takes its sessions with it; what cannot be read any more is ended by its hash. */
function farewellTo(sha256: string, json: string): ControlMessage {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return { type: 'end_session', sha256 };
  }
  const credential = credentialSchema.safeParse(value).data;
  return credential?.kind === 'api_key'
    ? { type: 'revoke', key_id: credential.key_id }
    : { type: 'end_session', sha256 };
}
