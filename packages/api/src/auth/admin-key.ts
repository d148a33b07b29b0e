import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hashSecret } from '@hermes/runtime';
import type { Credentials } from './credentials.ts';

/** Name in `HERMES_HOME` of the file that holds the admin key, readable by its owner only. */
const ADMIN_KEY_FILE = 'admin.key';

/**
 * The admin key of this home: the stored one if it still opens this server, otherwise a new one. A key that was revoked
 * is not revived because a file still holds it.
 */
export async function ensureAdminKey(
  home: string,
  credentials: Credentials,
): Promise<{ key: string; keyId: string; created: boolean }> {
  const path = join(home, ADMIN_KEY_FILE);
  const stored = await readKey(path);
  if (stored !== null) {
    const credential = await credentials.find(hashSecret(stored));
    const valid = credential?.expires_at === null || Date.parse(credential?.expires_at ?? '') > Date.now();
    if (credential?.permissions.includes('admin') && valid) {
      return { key: stored, keyId: credential.key_id, created: false };
    }
  }
  const { apiKey, key } = await credentials.createApiKey({ name: 'admin', permissions: ['admin'], expires_at: null });
  await mkdir(home, { recursive: true, mode: 0o700 });
  // Written beside and renamed: nobody ever reads half a key, or one with the mode of an older file.
  const draft = `${path}.${randomUUID()}`;
  await writeFile(draft, `${key}\n`, { mode: 0o600, flag: 'wx' });
  await rename(draft, path);
  return { key, keyId: apiKey.id, created: true };
}

async function readKey(path: string): Promise<string | null> {
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
