import { z } from 'zod';

/** Each permission stands by itself, except that `admin` includes all. */
export const PERMISSIONS = ['read', 'write', 'download', 'admin'] as const;
export const permissionSchema = z.enum(PERMISSIONS);
export type Permission = z.infer<typeof permissionSchema>;

export function allows(held: readonly Permission[], needed: Permission): boolean {
  return held.includes('admin') || held.includes(needed);
}

/** What begins every API key, so that a leaked one can be recognised. */
export const API_KEY_PREFIX = 'hermes_';

/** The cookie that a browser holds after log-in: HttpOnly, SameSite=Strict. */
export const SESSION_COOKIE = 'hermes_session';

/** What begins every stream token: that of a key, so that whatever covers keys covers tokens as well. */
export const STREAM_TOKEN_PREFIX = `${API_KEY_PREFIX}stream_`;

/** In hex. */
export const sha256Schema = z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 lower-case hex digits');

const heldSchema = z.object({
  /** The id of the API key; of a session: the id of the key it was exchanged for; of a token: that of its maker. */
  key_id: z.string().min(1),
  name: z.string(),
  permissions: z.array(permissionSchema).min(1),
  expires_at: z.iso.datetime().nullable(),
});

/** What a stream token opens. */
export const tokenScopeSchema = z
  .string()
  .regex(
    /^(?:download:[A-Za-z0-9_-]{1,64}|queue|stats|system|all)$/,
    'must be download:<id>, queue, stats, system or all',
  );

/**
 * A credential as Redis holds it, under the SHA-256 of its secret; the secret itself is stored nowhere. Keys and
 * sessions are mirrored from the database; stream tokens are in Redis alone, and expire there.
 */
export const credentialSchema = z.discriminatedUnion('kind', [
  heldSchema.extend({ kind: z.enum(['api_key', 'session']) }),
  heldSchema.extend({
    kind: z.literal('token'),
    expires_at: z.iso.datetime(),
    scope: tokenScopeSchema,
    /** SHA-256 of the secret of the key or session that made it, and with which it ends. */
    parent: sha256Schema,
  }),
]);
export type Credential = z.infer<typeof credentialSchema>;
export type StreamToken = Extract<Credential, { kind: 'token' }>;

export const apiKeySchema = z.object({
  id: z.string().min(1),
  name: z.string().min(1).max(100),
  permissions: z.array(permissionSchema).min(1),
  /** The first characters of the key, to tell keys apart. */
  hint: z.string(),
  created_at: z.iso.datetime(),
  expires_at: z.iso.datetime().nullable(),
});
export type ApiKey = z.infer<typeof apiKeySchema>;

export const createApiKeyRequestSchema = z.strictObject({
  name: z.string().trim().min(1).max(100),
  permissions: z.array(permissionSchema).min(1).default(['read', 'write', 'download']),
  expires_at: z.iso.datetime().nullable().default(null),
});

/** `key` is shown this once. */
export const createApiKeyResponseSchema = apiKeySchema.extend({ key: z.string().startsWith(API_KEY_PREFIX) });
export type CreateApiKeyResponse = z.infer<typeof createApiKeyResponseSchema>;

export const listApiKeysResponseSchema = z.object({ items: z.array(apiKeySchema) });

export const loginRequestSchema = z.union([
  z.strictObject({ key: z.string().min(1).max(200) }),
  z.strictObject({ code: z.string().min(1).max(200) }),
]);
export type LoginRequest = z.infer<typeof loginRequestSchema>;

export const loginResponseSchema = z.object({
  name: z.string(),
  permissions: z.array(permissionSchema),
  expires_at: z.iso.datetime(),
});
export type LoginResponse = z.infer<typeof loginResponseSchema>;
