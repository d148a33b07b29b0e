import { API_BASE, credentialSchema, loginResponseSchema, SESSION_COOKIE } from '@hermes/contracts';
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

describe('credentials', () => {
  it.each([
    ['none', null, {}, 401, 'UNAUTHENTICATED'],
    ['an unknown one', 'hermes_wrong', {}, 401, 'INVALID_CREDENTIAL'],
    ['a header that is no bearer', null, { authorization: 'Basic YTpi' }, 401, 'INVALID_CREDENTIAL'],
    ['an unknown cookie', null, { cookie: `${SESSION_COOKIE}=wrong` }, 401, 'INVALID_CREDENTIAL'],
  ])('%s is refused', async (_, key, headers, status, code) => {
    const answer = await api.call('GET', '/download/queue', { key, headers });
    expect(answer.statusCode).toBe(status);
    expect(answer.json()).toMatchObject({ code });
    expect(answer.headers['www-authenticate']).toMatch('Bearer');
  });

  it('that have expired are refused', async () => {
    const { key } = await api.newKey(['read'], new Date(Date.now() + 60_000).toISOString());
    expect((await api.call('GET', '/download/queue', { key })).statusCode).toBe(200);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 61_000 });
    const answer = await api.call('GET', '/download/queue', { key });
    expect(answer.statusCode).toBe(401);
    expect(answer.json()).toMatchObject({ code: 'CREDENTIAL_EXPIRED' });
    expect((await login({ key })).json()).toMatchObject({ code: 'CREDENTIAL_EXPIRED' });
  });

  it('open what they permit, and no more', async () => {
    const { key } = await api.newKey(['read']);
    expect((await api.call('GET', '/download/queue', { key })).statusCode).toBe(200);
    const answer = await api.call('POST', '/download', { key, body: { url: 'https://example.com/' } });
    expect(answer.statusCode).toBe(403);
    expect(answer.json()).toMatchObject({ code: 'FORBIDDEN' });
    expect((await api.call('GET', '/auth/api-keys', { key })).statusCode).toBe(403);
  });

  it('may come as X-API-Key', async () => {
    const answer = await api.call('GET', '/download/queue', { key: null, headers: { 'x-api-key': api.adminKey } });
    expect(answer.statusCode).toBe(200);
  });

  it('are not asked for while authentication is off', async () => {
    const open = await startTestApi(redis.url, { env: { HERMES_AUTH: 'off' } });
    expect((await open.call('GET', '/download/queue', { key: null })).statusCode).toBe(200);
    expect((await open.call('GET', '/config', { key: null })).json()).toMatchObject({ auth_required: false });
    await open.close();
  });
});

describe('log-in', () => {
  it('exchanges a key for a cookie that opens what the key opens', async () => {
    const { key } = await api.newKey(['read']);
    const answer = await login({ key });
    expect(answer.statusCode).toBe(200);
    expect(loginResponseSchema.parse(answer.json())).toMatchObject({ name: 'test', permissions: ['read'] });
    expect(answer.headers['set-cookie']).toMatch(
      /^hermes_session=[\w-]{43}; Path=\/; Max-Age=\d+; HttpOnly; SameSite=Strict$/,
    );
    const cookie = cookieOf(answer);
    expect((await api.call('GET', '/download/queue', { key: null, headers: { cookie } })).statusCode).toBe(200);
    expect((await api.call('GET', '/auth/api-keys', { key: null, headers: { cookie } })).statusCode).toBe(403);
    const mirrored = await commands.hget(redis.keys.credentials, hashSecret(cookie.split('=')[1] ?? ''));
    expect(credentialSchema.parse(JSON.parse(mirrored ?? ''))).toMatchObject({ kind: 'session', name: 'test' });
  });

  it('makes the cookie Secure behind https', async () => {
    const answer = await login({ key: api.adminKey }, { 'x-forwarded-proto': 'https', 'x-forwarded-for': '10.0.0.1' });
    expect(answer.headers['set-cookie']).toMatch(/; Secure$/);
  });

  it('takes a code once', async () => {
    const code = await api.api.createLoginCode();
    const answers = await Promise.all([login({ code }), login({ code }), login({ code })]);
    expect(answers.map((answer) => answer.statusCode).sort()).toEqual([200, 401, 401]);
    const cookie = answers.filter((answer) => answer.statusCode === 200).map(cookieOf)[0] ?? '';
    expect((await api.call('GET', '/auth/api-keys', { key: null, headers: { cookie } })).statusCode).toBe(200);
  });

  it('gives a code ten minutes', async () => {
    const code = await api.api.createLoginCode();
    const ttl = await commands.ttl(redis.keys.loginCode(hashSecret(code)));
    expect(ttl).toBeGreaterThan(590);
    expect(ttl).toBeLessThanOrEqual(600);
  });

  it('ends after 30 days, or with the key', async () => {
    const days = (answer: { json(): { expires_at: string } }) =>
      (Date.parse(answer.json().expires_at) - Date.now()) / 86_400_000;
    const answer = await login({ key: api.adminKey });
    expect(days(answer)).toBeCloseTo(30, 1);
    const { key } = await api.newKey(['read'], new Date(Date.now() + 2 * 86_400_000).toISOString());
    expect(days(await login({ key }))).toBeCloseTo(2, 1);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 31 * 86_400_000 });
    const late = await api.call('GET', '/download/queue', { key: null, headers: { cookie: cookieOf(answer) } });
    expect(late.json()).toMatchObject({ code: 'CREDENTIAL_EXPIRED' });
  });

  it.each([
    [{ key: 'hermes_wrong' }, 401],
    [{ code: 'wrong' }, 401],
    [{}, 400],
    [{ key: 'a', code: 'b' }, 400],
  ])('refuses %j', async (body, status) => {
    const answer = await login(body);
    expect(answer.statusCode).toBe(status);
    expect(answer.headers['set-cookie']).toBeUndefined();
  });

  it('does not take a session for a key', async () => {
    const cookie = cookieOf(await login({ key: api.adminKey }));
    expect((await login({ key: cookie.split('=')[1] })).statusCode).toBe(401);
  });

  it('is refused to pages of other sites', async () => {
    const answer = await login({ key: api.adminKey }, { origin: 'https://evil.example' });
    expect(answer.statusCode).toBe(403);
    expect(answer.json()).toMatchObject({ code: 'ORIGIN_REFUSED' });
  });
});

describe('log-out', () => {
  it('ends the session, clears the cookie and tells the gateways', async () => {
    const cookie = cookieOf(await login({ key: api.adminKey }));
    const sha256 = hashSecret(cookie.split('=')[1] ?? '');
    await untilTold(redis, { type: 'end_session', sha256 }, async () => {
      const answer = await api.call('POST', '/auth/logout', { key: null, headers: { cookie } });
      expect(answer.statusCode).toBe(204);
      expect(answer.headers['set-cookie']).toMatch(/^hermes_session=; Path=\/; Max-Age=0; HttpOnly; SameSite=Strict/);
    });
    expect((await api.call('GET', '/download/queue', { key: null, headers: { cookie } })).statusCode).toBe(401);
    expect((await api.call('POST', '/auth/logout', { key: null, headers: { cookie } })).statusCode).toBe(204);
  });
});

it('no secret reaches the log', async () => {
  const { key } = await api.newKey(['read']);
  const code = await api.api.createLoginCode();
  const session = cookieOf(await login({ code })).split('=')[1] as string;
  const secrets = [api.adminKey, key, code, session, 'hunter2', 'c2VjcmV0'];
  await login({ key, wrong: 'hunter2' });
  await api.app.inject({ url: `${API_BASE}/nothing?token=${session}&key=${key}`, headers: { host: 'localhost' } });
  const body = { url: 'https://u:hunter2@example.com/', headers: { Authorization: 'Basic c2VjcmV0' } };
  await api.call('POST', '/download', { body });
  await api.call('POST', '/download', { body: { ...body, url: 'https://example.com/' } });
  // Something is logged at all.
  await api.app.inject({ url: `${API_BASE}/download`, method: 'POST', headers: { host: 'localhost' } });
  api.app.log.info({ req: { method: 'GET', url: `/x?token=${session}` } }, 'a line');
  expect(api.log()).toContain('a line');
  for (const secret of secrets) expect(api.log()).not.toContain(secret);
});
