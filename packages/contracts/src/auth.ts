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

/** A credential as Redis mirrors it, under the SHA-256 of its secret; the secret itself is stored nowhere. */
export const credentialSchema = z.object({
  kind: z.enum(['api_key', 'session']),
  /** The id of the API key; of a session: the id of the key it was exchanged for. */
  key_id: z.string().min(1),
  name: z.string(),
  permissions: z.array(permissionSchema).min(1),
  expires_at: z.iso.datetime().nullable(),
});
export type Credential = z.infer<typeof credentialSchema>;

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
