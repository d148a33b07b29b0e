import { readFile } from 'node:fs/promises';
import type { ApiKey, CreateApiKeyResponse } from '@hermes/contracts';
import { loadConfig } from '@hermes/runtime';
import { printable } from '../format.ts';
import { adminKeyPath, CommandError, callServer, findServer } from '../server-client.ts';

export interface KeyOptions {
  url?: string;
  key?: string;
  json?: boolean;
}

/** Prints the admin key of this home. */
export async function printAdminKey(options: { json?: boolean }): Promise<void> {
  const path = adminKeyPath(loadConfig());
  const key = (await readFile(path, 'utf8').catch(() => '')).trim();
  if (key === '') throw new CommandError(`There is no key at ${path} yet: the first start of Hermes makes it.`);
  print(options, { key }, key);
}

/** Makes a key by asking the running server. */
export async function createKey(
  name: string,
  options: KeyOptions & { permissions: string[]; expires?: number },
): Promise<void> {
  const access = await findServer(loadConfig(), options);
  const made = await callServer<CreateApiKeyResponse>(access, 'POST', '/auth/api-keys', {
    name,
    permissions: options.permissions,
    ...(options.expires === undefined ? {} : { expires_at: new Date(Date.now() + options.expires).toISOString() }),
  });
  print(options, made, `${made.key}\nThis is shown once. Id: ${made.id}`);
}

export async function listKeys(options: KeyOptions): Promise<void> {
  const access = await findServer(loadConfig(), options);
  const { items } = await callServer<{ items: ApiKey[] }>(access, 'GET', '/auth/api-keys');
  const lines = items.map(
    ({ id, hint, name, permissions, expires_at }) =>
      `${id}  ${hint}…  ${permissions.join(',')}  ${expires_at === null ? 'never expires' : `until ${expires_at}`}  ${printable(name)}`,
  );
  print(options, { items }, lines.join('\n'));
}

/** Its open streams end at once. */
export async function revokeKey(id: string, options: KeyOptions): Promise<void> {
  const access = await findServer(loadConfig(), options);
  await callServer(access, 'DELETE', `/auth/api-keys/${encodeURIComponent(id)}`);
  print(options, { revoked: id }, `Revoked ${id}.`);
}

const UNIT_MS: Record<string, number> = { h: 3_600_000, d: 86_400_000 };

/** `12h`, `30d` → milliseconds; null if it is neither. */
export function parseSpan(text: string): number | null {
  const [, count, unit] = /^([1-9]\d{0,4})([hd])$/.exec(text) ?? [];
  return count === undefined ? null : Number(count) * (UNIT_MS[unit ?? ''] ?? 0);
}

function print(options: { json?: boolean }, value: unknown, text: string): void {
  process.stdout.write(`${options.json ? JSON.stringify(value) : text}\n`);
}
