import { stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createApiKeyResponseSchema, credentialSchema, listApiKeysResponseSchema } from '@hermes/contracts';
import { hashSecret } from '@hermes/runtime';
import type { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { TestRedis } from '../../../../tests/support/test-redis.ts';
import { cookieOf, startTestApi, type TestApi } from '../testing/test-api.ts';
import { untilTold } from '../testing/until-told.ts';

let redis: TestRedis;
let commands: Redis;
let api: TestApi;

beforeAll(async () => {
  redis = await TestRedis.start();
  commands = await redis.connect('commands');
  api = await startTestApi(redis.url, { env: { HERMES_TRUSTED_PROXIES: '127.0.0.1' } });
});

afterEach(() => {
  vi.useRealTimers();
});

afterAll(async () => {
  await api.close();
  await redis.close();
});

const login = (body: object, headers: Record<string, string> = {}) =>
  api.call('POST', '/auth/login', { body, key: null, headers });

describe('the admin key', () => {
  it('lies in the home, readable by its owner only, and is made once', async () => {
    expect((await stat(join(api.home, 'admin.key'))).mode & 0o777).toBe(0o600);
    expect(await api.api.ensureAdminKey()).toEqual({ key: api.adminKey, created: false });
  });

  it('is made anew when the file holds one that opens nothing', async () => {
    const other = await startTestApi(redis.url);
    await writeFile(join(other.home, 'admin.key'), 'hermes_of_another_database\n', { mode: 0o644 });
    const { key, created } = await other.api.ensureAdminKey();
    expect(created).toBe(true);
    expect((await stat(join(other.home, 'admin.key'))).mode & 0o777).toBe(0o600);
    expect((await other.call('GET', '/auth/api-keys', { key })).statusCode).toBe(200);
    await other.close();
  });
});

describe('API keys', () => {
  it('are shown once, listed without their secret, and mirrored by their hash', async () => {
    const answer = await api.call('POST', '/auth/api-keys', {
      body: { name: ' phone ', permissions: ['read', 'read'] },
    });
    expect(answer.statusCode).toBe(201);
    const { key, ...apiKey } = createApiKeyResponseSchema.parse(answer.json());
    expect(apiKey).toMatchObject({ name: 'phone', permissions: ['read'], hint: key.slice(0, 11) });
    const listed = await api.call('GET', '/auth/api-keys');
    expect(listApiKeysResponseSchema.parse(listed.json()).items).toContainEqual(apiKey);
    expect(listed.body).not.toContain(key);
    const mirrored = await commands.hget(redis.keys.credentials, hashSecret(key));
    expect(credentialSchema.parse(JSON.parse(mirrored ?? ''))).toMatchObject({ kind: 'api_key', key_id: apiKey.id });
  });

  it.each([
    [{}, 'body.name'],
    [{ name: 'x', permissions: [] }, 'body.permissions'],
    [{ name: 'x', permissions: ['root'] }, 'body.permissions.0'],
    [{ name: 'x', expires_at: '2001-01-01T00:00:00Z' }, 'body.expires_at'],
    [{ name: 'x', key: 'mine' }, 'body.key'],
  ])('cannot be made of %j', async (body, field) => {
    const answer = await api.call('POST', '/auth/api-keys', { body });
    expect(answer.statusCode).toBe(400);
    expect(answer.json()).toMatchObject({ invalid_params: [{ field }] });
  });

  it('once revoked open nothing, nor do their sessions, and the gateways are told', async () => {
    const { id, key } = await api.newKey(['read']);
    const cookie = cookieOf(await login({ key }));
    await untilTold(redis, { type: 'revoke', key_id: id }, async () => {
      expect((await api.call('DELETE', `/auth/api-keys/${id}`)).statusCode).toBe(204);
    });
    expect((await api.call('GET', '/download/queue', { key })).json()).toMatchObject({ code: 'INVALID_CREDENTIAL' });
    expect((await api.call('GET', '/download/queue', { key: null, headers: { cookie } })).statusCode).toBe(401);
    expect(await commands.hexists(redis.keys.credentials, hashSecret(key))).toBe(0);
    const again = await api.call('DELETE', `/auth/api-keys/${id}`);
    expect(again.statusCode).toBe(404);
    expect(again.json()).toMatchObject({ code: 'API_KEY_NOT_FOUND' });
  });

  it('keep one admin', async () => {
    const other = await startTestApi(redis.url);
    const first = listApiKeysResponseSchema.parse((await other.call('GET', '/auth/api-keys')).json()).items[0];
    // One that is about to end does not count for long; two admins who delete each other do not both succeed.
    const second = await other.newKey(['admin']);
    const answers = await Promise.all([
      other.call('DELETE', `/auth/api-keys/${first?.id}`),
      other.call('DELETE', `/auth/api-keys/${second.id}`, { key: second.key }),
    ]);
    expect(answers.map((answer) => answer.statusCode).sort()).toEqual([204, 409]);
    expect(answers.find((answer) => answer.statusCode === 409)?.json()).toMatchObject({ code: 'LAST_ADMIN_KEY' });
    await other.close();
  });
});
