import { readFile } from 'node:fs/promises';
import { API_BASE, healthSchema, type Permission, publicConfigSchema, readinessSchema } from '@hermes/contracts';
import { fastify } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestRedis } from '../../../tests/support/test-redis.ts';
import { startTestApi, type TestApi } from './testing/test-api.ts';
import { VERSION } from './version.ts';

const ORIGIN = 'https://hermes.example.com';
let redis: TestRedis;
let api: TestApi;

beforeAll(async () => {
  redis = await TestRedis.start();
  api = await startTestApi(redis.url, { env: { HERMES_ALLOWED_ORIGINS: ORIGIN } });
});

afterAll(async () => {
  await api.close();
  await redis.close();
});

describe('the route table', () => {
  it('declares a permission for each route, and without a key each that is not public answers 401', async () => {
    const routes: { method: string; url: string; permission: Permission | 'public' | undefined }[] = [];
    const app = fastify();
    app.addHook('onRoute', ({ method, url, config }) => {
      for (const one of [method].flat()) routes.push({ method: one, url, permission: config?.permission });
    });
    await app.register(api.api.plugin);
    await app.ready();
    // What answers preflights is not ours, and answers nothing else.
    const ours = routes.filter((route) => route.method !== 'OPTIONS');
    expect(ours.filter((route) => route.permission === undefined)).toEqual([]);
    const guarded = ours.filter((route) => route.permission !== 'public');
    expect(guarded.length).toBeGreaterThan(6);
    for (const { method, url } of guarded) {
      const answer = await app.inject({
        method: method as 'GET',
        url: url.replace(/:\w+/g, 'x'),
        headers: { host: 'localhost' },
      });
      expect(`${method} ${url} ${answer.statusCode}`).toBe(`${method} ${url} 401`);
    }
    const open = ours.filter(({ permission, method }) => permission === 'public' && ['GET', 'POST'].includes(method));
    const answers = await Promise.all(
      open.map(async ({ method, url }) => {
        const answer = await app.inject({ method: method as 'GET', url, headers: { host: 'localhost' } });
        return `${method} ${url.replace(API_BASE, '')} ${answer.statusCode}`;
      }),
    );
    expect(answers.filter((line) => !line.endsWith(' 405')).sort()).toEqual([
      'GET /api/docs 200',
      'GET /api/docs/:name 404',
      'GET /api/openapi.json 200',
      'GET /config 200',
      'GET /health 200',
      'GET /health/ready 200',
      'POST /auth/login 400',
      'POST /auth/logout 204',
    ]);
    await app.close();
  });
});

describe('health and config', () => {
  it('are public and say the version of the package', async () => {
    const packageJson = await readFile(new URL('../package.json', import.meta.url), 'utf8');
    expect(JSON.parse(packageJson)).toMatchObject({ version: VERSION });
    expect(healthSchema.parse((await api.call('GET', '/health', { key: null })).json()).version).toBe(VERSION);
    expect(publicConfigSchema.parse((await api.call('GET', '/config/', { key: null })).json())).toEqual({
      sse_enabled: true,
      sse_rollout_percent: 100,
      auth_required: true,
      version: VERSION,
    });
    const ready = readinessSchema.parse((await api.call('GET', '/health/ready', { key: null })).json());
    expect(ready).toMatchObject({
      status: 'ready',
      dependencies: { database: { status: 'up' }, redis: { status: 'up' } },
    });
  });
});

describe('what is not there', () => {
  it.each([`${API_BASE}/nothing`, '/nothing', `${API_BASE}/`])('%s is a problem too', async (url) => {
    const answer = await api.app.inject({ url, headers: { host: 'localhost' } });
    expect(answer.statusCode).toBe(404);
    expect(answer.headers['content-type']).toMatch('application/problem+json');
    expect(answer.json()).toMatchObject({ code: 'NOT_FOUND' });
  });
});

describe('a query that nobody reads', () => {
  it.each([
    ['GET', '/health'],
    ['GET', '/health/ready'],
    ['GET', '/config'],
    ['PATCH', '/config'],
    ['GET', '/auth/api-keys'],
    ['POST', '/auth/api-keys'],
    ['DELETE', '/auth/api-keys/x'],
    ['POST', '/auth/login'],
    ['POST', '/auth/logout'],
    ['POST', '/download'],
    ['GET', '/download/x'],
    ['GET', '/download/x/file'],
    ['POST', '/download/x/cancel'],
    ['GET', '/storage'],
    ['GET', '/storage/scan-status'],
    ['POST', '/storage/rescan'],
  ] as const)('%s %s?limit=1 is refused by name', async (method, path) => {
    const answer = await api.call(method, `${path}?limit=1`);
    expect(answer.statusCode).toBe(400);
    expect(answer.json()).toMatchObject({ invalid_params: [{ field: 'query.limit' }] });
  });
});

describe('other origins', () => {
  const preflight = (origin: string) =>
    api.app.inject({
      method: 'OPTIONS',
      url: `${API_BASE}/download`,
      headers: {
        host: 'localhost',
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'Authorization, Idempotency-Key',
      },
    });

  it('that are listed may use the API and read its headers', async () => {
    const answer = await preflight(ORIGIN);
    expect(answer.statusCode).toBe(204);
    expect(answer.headers).toMatchObject({
      'access-control-allow-origin': ORIGIN,
      'access-control-allow-credentials': 'true',
      'access-control-allow-headers':
        'Authorization, X-API-Key, Content-Type, If-None-Match, Idempotency-Key, Last-Event-ID, Hermes-Polling',
    });
    // Also an error can be read.
    const refused = await api.call('GET', '/download/queue', { key: null, headers: { origin: ORIGIN } });
    expect(refused.statusCode).toBe(401);
    expect(refused.headers['access-control-allow-origin']).toBe(ORIGIN);
    expect(refused.headers['access-control-expose-headers']).toBe(
      'Hermes-Cursor, ETag, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, Retry-After',
    );
  });

  it('that are not listed get nothing', async () => {
    expect((await preflight('https://evil.example')).headers['access-control-allow-origin']).toBeUndefined();
  });

  it('are served at the name that is listed, and at no other', async () => {
    const at = (host: string) => api.app.inject({ url: `${API_BASE}/health`, headers: { host } });
    expect((await at('hermes.example.com')).statusCode).toBe(200);
    expect((await at('rebound.evil.example')).json()).toMatchObject({ code: 'HOST_REFUSED' });
  });
});

describe('the rate limit', () => {
  it('counts a known credential by itself and everyone else by address', async () => {
    const limited = await startTestApi(redis.url, { env: { HERMES_RATE_LIMIT_PER_MINUTE: '3' } });
    const statuses = async (key: string | null) => {
      const codes: number[] = [];
      for (let i = 0; i < 4; i++) codes.push((await limited.call('GET', '/download/queue', { key })).statusCode);
      return codes;
    };
    // Guessing another key each time does not help.
    const guesses = [];
    for (let i = 0; i < 4; i++) guesses.push(await limited.call('GET', '/download/queue', { key: `hermes_${i}` }));
    expect(guesses.map((answer) => answer.statusCode)).toEqual([401, 401, 401, 429]);
    expect(guesses[3]?.json()).toMatchObject({ code: 'RATE_LIMITED' });
    expect(Number(guesses[3]?.headers['retry-after'])).toBeGreaterThan(0);
    expect(await statuses(limited.adminKey)).toEqual([200, 200, 200, 429]);
    expect(await statuses(null)).toEqual([429, 429, 429, 429]);
    await limited.close();
  });

  it('counts changes apart from reads, and says what is left', async () => {
    const limited = await startTestApi(redis.url, { env: { HERMES_RATE_LIMIT_PER_MINUTE: '2' } });
    const ask = async (method: 'GET' | 'POST', path: string) => {
      const { statusCode, headers } = await limited.call(method, path);
      return [statusCode, headers['ratelimit-limit'], headers['ratelimit-remaining']];
    };
    expect(await ask('GET', '/download/queue')).toEqual([200, '2', '1']);
    expect(await ask('GET', '/download/queue')).toEqual([200, '2', '0']);
    expect(await ask('GET', '/download/queue')).toEqual([429, '2', '0']);
    // Polling pages leave a person free to act.
    expect(await ask('POST', '/download/x/cancel')).toEqual([404, '2', '1']);
    expect(await ask('POST', '/download/x/cancel')).toEqual([404, '2', '0']);
    expect(await ask('POST', '/download/x/cancel')).toEqual([429, '2', '0']);
    await limited.close();
  });

  it('takes the addresses of one IPv6 network for one caller', async () => {
    const limited = await startTestApi(redis.url, { env: { HERMES_RATE_LIMIT_PER_MINUTE: '1' } });
    const from = async (remoteAddress: string) =>
      (await limited.app.inject({ url: `${API_BASE}/health`, remoteAddress, headers: { host: 'localhost' } }))
        .statusCode;
    expect(await from('2001:db8::1')).toBe(200);
    expect(await from('2001:db8::2')).toBe(429);
    expect(await from('2001:db8:0:1::1')).toBe(200);
    await limited.close();
  });
});

describe('an answer that the caller has already', () => {
  it('is not sent again, and says the position it is true as of', async () => {
    const first = await api.call('GET', '/download/queue');
    const etag = String(first.headers.etag);
    const again = await api.call('GET', '/download/queue', { headers: { 'if-none-match': etag, origin: ORIGIN } });
    expect([again.statusCode, again.body]).toEqual([304, '']);
    expect(again.headers['hermes-cursor']).toBe(first.headers['hermes-cursor']);
    expect(again.headers).toMatchObject({ etag, 'cache-control': 'private, no-cache' });
    expect(again.headers.vary).toBe('Origin, Authorization, X-API-Key, Cookie');
    await api.call('POST', '/download', { body: { url: 'https://files.example.com/a' } });
    expect((await api.call('GET', '/download/queue', { headers: { 'if-none-match': etag } })).statusCode).toBe(200);
  });

  it('is not confirmed to whoever may not see it', async () => {
    const { etag } = (await api.call('GET', '/auth/api-keys')).headers;
    const answer = await api.call('GET', '/auth/api-keys', { key: null, headers: { 'if-none-match': String(etag) } });
    expect(answer.statusCode).toBe(401);
  });
});
