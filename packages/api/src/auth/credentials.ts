import { randomBytes, randomUUID } from 'node:crypto';
import { API_KEY_PREFIX, type ApiKey, type Credential, type Permission, permissionSchema } from '@hermes/contracts';
import { hashSecret } from '@hermes/runtime';
import { z } from 'zod';
import type { Database } from '../database/open-database.ts';
import type { ApiKeysTable } from '../database/schema.ts';

/** How long a browser stays logged in. */
const SESSION_SECONDS = 30 * 24 * 3600;

const SECRET_BYTES = 32;
const HINT_LENGTH = API_KEY_PREFIX.length + 4;
const permissionsSchema = z.array(permissionSchema).min(1);

interface NewApiKey {
  name: string;
  permissions: Permission[];
  expires_at: string | null;
}

type Removal = 'removed' | 'unknown' | 'last_admin';

/** Keys and sessions in the database, which is where they live; Redis only mirrors them (`CredentialMirror`). */
export class Credentials {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** @returns the key; its secret exists in this answer only. */
  async createApiKey(wanted: NewApiKey): Promise<{ apiKey: ApiKey; key: string }> {
    const key = API_KEY_PREFIX + randomBytes(SECRET_BYTES).toString('base64url');
    const row: ApiKeysTable = {
      id: randomUUID().replaceAll('-', ''),
      name: wanted.name,
      permissions: JSON.stringify([...new Set(wanted.permissions)]),
      hint: key.slice(0, HINT_LENGTH),
      sha256: hashSecret(key),
      is_admin: wanted.permissions.includes('admin') ? 1 : 0,
      created_at: new Date().toISOString(),
      expires_at: wanted.expires_at,
    };
    await this.#database.insertInto('api_keys').values(row).execute();
    return { apiKey: toApiKey(row), key };
  }

  async listApiKeys(): Promise<ApiKey[]> {
    const rows = await this.#database.selectFrom('api_keys').selectAll().orderBy('created_at').orderBy('id').execute();
    return rows.map(toApiKey);
  }

  /** Removes a key and, by the foreign key, its sessions. Without an admin key nobody could make another. */
  async removeApiKey(id: string): Promise<Removal> {
    const now = new Date().toISOString();
    const result = await this.#database
      .deleteFrom('api_keys')
      .where('id', '=', id)
      // In one statement, so that two admins who delete each other do not both succeed.
      .where(({ or, eb, exists, selectFrom }) =>
        or([
          eb('is_admin', '=', 0),
          exists(
            selectFrom('api_keys as other')
              .select('other.id')
              .where('other.is_admin', '=', 1)
              .where('other.id', '!=', id)
              .where((other) => other.or([other('other.expires_at', 'is', null), other('other.expires_at', '>', now)])),
          ),
        ]),
      )
      .executeTakeFirst();
    if (result.numDeletedRows > 0n) return 'removed';
    const left = await this.#database.selectFrom('api_keys').select('id').where('id', '=', id).executeTakeFirst();
    return left === undefined ? 'unknown' : 'last_admin';
  }

  /** @returns the secret for the cookie, and what it opens; null if there is no such key. */
  async createSession(
    keyId: string,
  ): Promise<{ secret: string; name: string; permissions: Permission[]; expires_at: string } | null> {
    const key = await this.#database.selectFrom('api_keys').selectAll().where('id', '=', keyId).executeTakeFirst();
    if (key === undefined) return null;
    const now = Date.now();
    const latest = new Date(now + SESSION_SECONDS * 1000).toISOString();
    const expiresAt =
      key.expires_at !== null && Date.parse(key.expires_at) < Date.parse(latest) ? key.expires_at : latest;
    const secret = randomBytes(SECRET_BYTES).toString('base64url');
    await this.#database.deleteFrom('sessions').where('expires_at', '<', new Date(now).toISOString()).execute();
    await this.#database
      .insertInto('sessions')
      .values({
        sha256: hashSecret(secret),
        key_id: keyId,
        created_at: new Date(now).toISOString(),
        expires_at: expiresAt,
      })
      .execute();
    const { name, permissions } = toCredential('session', key, expiresAt);
    return { secret, name, permissions, expires_at: expiresAt };
  }

  async removeSession(sha256: string): Promise<boolean> {
    const result = await this.#database.deleteFrom('sessions').where('sha256', '=', sha256).executeTakeFirst();
    return result.numDeletedRows > 0n;
  }

  /** Expired ones are found too: the caller says what has expired. */
  async find(sha256: string): Promise<Credential | null> {
    const key = await this.#database.selectFrom('api_keys').selectAll().where('sha256', '=', sha256).executeTakeFirst();
    if (key !== undefined) return toCredential('api_key', key, key.expires_at);
    const session = await this.#database
      .selectFrom('sessions')
      .innerJoin('api_keys', 'api_keys.id', 'sessions.key_id')
      .selectAll('api_keys')
      .select('sessions.expires_at as session_expires_at')
      .where('sessions.sha256', '=', sha256)
      .executeTakeFirst();
    return session === undefined ? null : toCredential('session', session, session.session_expires_at);
  }

  /** Everything that a gateway may accept: SHA-256 of the secret → credential. */
  async all(): Promise<Map<string, Credential>> {
    const keys = await this.#database.selectFrom('api_keys').selectAll().execute();
    const sessions = await this.#database
      .selectFrom('sessions')
      .innerJoin('api_keys', 'api_keys.id', 'sessions.key_id')
      .selectAll('api_keys')
      .select(['sessions.sha256 as session_sha256', 'sessions.expires_at as session_expires_at'])
      .where('sessions.expires_at', '>', new Date().toISOString())
      .execute();
    return new Map([
      ...keys.map((key) => [key.sha256, toCredential('api_key', key, key.expires_at)] as const),
      ...sessions.map((row) => [row.session_sha256, toCredential('session', row, row.session_expires_at)] as const),
    ]);
  }
}

function toCredential(kind: 'api_key' | 'session', key: ApiKeysTable, expiresAt: string | null): Credential {
  return {
    kind,
    key_id: key.id,
    name: key.name,
    permissions: permissionsSchema.parse(JSON.parse(key.permissions)),
    expires_at: expiresAt,
  };
}

function toApiKey(row: ApiKeysTable): ApiKey {
  return {
    id: row.id,
    name: row.name,
    permissions: permissionsSchema.parse(JSON.parse(row.permissions)),
    hint: row.hint,
    created_at: row.created_at,
    expires_at: row.expires_at,
  };
}
