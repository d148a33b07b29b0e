import { SESSION_COOKIE } from '@hermes/contracts';
import { hashSecret } from '@hermes/runtime';
import { fastify } from 'fastify';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { GatewayHarness, TEST_KEY, WAIT } from '../testing/gateway-harness.ts';

const STREAM = '/api/v1/events/stream';
const PATHS = [
  STREAM,
  '/api/v1/events/downloads/one',
  '/api/v1/events/queue',
  '/api/v1/events/system',
  '/api/v1/events/test',
];

describe('who may read', () => {
  let harness: GatewayHarness;
  beforeAll(async () => {
    harness = await GatewayHarness.start();
    await harness.createDownload('one');
    await harness.mirror('expired', { expires_at: new Date(Date.now() - 1000).toISOString() });
    await harness.mirror('writer', { permissions: ['write', 'download'] });
    await harness.mirror('admin', { permissions: ['admin'] });
  });
  afterAll(() => harness.close());

  const ask = (path: string, headers: Record<string, string>) => fetch(harness.origin + path, { headers });

  test.each([
    ['no key', {}, 401, 'UNAUTHENTICATED'],
    ['a wrong key', { authorization: 'Bearer wrong' }, 401, 'INVALID_CREDENTIAL'],
    ['a wrong scheme', { authorization: `Basic ${TEST_KEY}` }, 401, 'INVALID_CREDENTIAL'],
    ['an expired key', { 'x-api-key': 'expired' }, 401, 'CREDENTIAL_EXPIRED'],
    ['a key that may not read', { 'x-api-key': 'writer' }, 403, 'FORBIDDEN'],
    [
      'a wrong header beside a right cookie',
      { authorization: 'Bearer x', cookie: `${SESSION_COOKIE}=${TEST_KEY}` },
      401,
      'INVALID_CREDENTIAL',
    ],
  ] as [string, Record<string, string>, number, string][])(
    '%s is refused everywhere',
    async (_name, headers, status, code) => {
      for (const path of PATHS) {
        const response = await ask(path, headers);
        expect([path, response.status]).toEqual([path, status]);
        expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/);
        expect(await response.json()).toMatchObject({ status, code, instance: path });
      }
      expect(harness.gateway.activeConnections).toBe(0);
    },
  );

  test.each([
    { authorization: `Bearer ${TEST_KEY}` },
    { 'x-api-key': TEST_KEY },
    { 'x-api-key': 'admin' },
    { cookie: `other=1; ${SESSION_COOKIE}=${TEST_KEY}` },
  ] as Record<string, string>[])('%j opens a stream', async (headers) => {
    const response = await ask(STREAM, headers);
    expect(response.status).toBe(200);
    await response.body?.cancel();
  });

  test('health asks for no key; an address that is not there says so', async () => {
    const health = await ask('/api/v1/events/health', {});
    expect(await health.json()).toEqual({
      enabled: true,
      active_connections: expect.any(Number),
      max_connections: 1000,
      heartbeat_interval: 30,
    });
    expect(health.headers.get('cache-control')).toBe('no-store');
    for (const path of ['/api/v1/events/nothing', '/nothing']) {
      const nothing = await ask(path, {});
      expect([nothing.status, (await nothing.json()).code]).toEqual([404, 'NOT_FOUND']);
    }
  });

  test('every route declares a permission, and only health is public', async () => {
    const app = fastify();
    const routes: { method: string; url: string; permission: unknown }[] = [];
    app.addHook('onRoute', ({ method, url, config }) => {
      for (const each of [method].flat()) routes.push({ method: each, url, permission: config?.permission });
    });
    await app.register(harness.gateway.plugin);
    await app.ready();
    const readable = routes.filter(({ method }) => method === 'GET');
    expect(readable.map(({ url, permission }) => [url.replace('/api/v1/events', ''), permission])).toEqual([
      ['/stream', 'read'],
      ['/downloads/:id', 'read'],
      ['/queue', 'read'],
      ['/system', 'read'],
      ['/test', 'read'],
      ['/connections', 'admin'],
      ['/health', 'public'],
      // Refuses the method.
      ['/token', 'public'],
    ]);
    const writable = routes.filter(({ method, permission }) => method === 'POST' && permission !== 'public');
    expect(writable).toEqual([{ method: 'POST', url: '/api/v1/events/token', permission: 'read' }]);
    // What else there is refuses the method.
    for (const { method, url, permission } of routes) {
      if (method === 'GET' || method === 'HEAD' || permission !== 'public') continue;
      const response = await app.inject({
        method: method as 'POST',
        url: url.replace(':id', 'one'),
        headers: { host: 'localhost' },
      });
      expect([method, url, response.statusCode]).toEqual([method, url, 405]);
    }
  });

  test('no secret reaches the log', async () => {
    await ask(`${STREAM}?token=tell-nobody`, { authorization: 'Bearer tell-nobody', cookie: 'a=tell-nobody' });
    await ask(`${STREAM}?token=tell-nobody&unknown=1`, { authorization: `Bearer ${TEST_KEY}` });
    expect(harness.logLines.join('')).not.toMatch(new RegExp(`tell-nobody|${TEST_KEY}`));
  });

  test('while there is no mirror nobody is told that their key is wrong', async () => {
    await harness.commands.del(harness.keys.credentials);
    // One that has not been asked for a moment ago.
    const response = await ask(STREAM, { 'x-api-key': 'hermes_not-seen-yet' });
    expect([response.status, (await response.json()).code]).toEqual([503, 'REDIS_UNAVAILABLE']);
    await harness.mirror(TEST_KEY, {});
  });
});

describe('an open stream', () => {
  let harness: GatewayHarness;
  beforeAll(async () => {
    harness = await GatewayHarness.start();
  });
  afterAll(() => harness.close());

  const tell = (message: object) => harness.commands.publish(harness.keys.control, JSON.stringify(message));

  test('ends at once when its key is revoked, or its session is ended; others go on', async () => {
    await harness.mirror('key', { key_id: 'k1' });
    await harness.mirror('session', { key_id: 'k1', kind: 'session' });
    const [byKey, bySession, other] = [
      await harness.open(STREAM, { authorization: 'Bearer key' }),
      await harness.open(STREAM, { authorization: 'Bearer session' }),
      await harness.open(STREAM),
    ];
    await Promise.all([byKey, bySession, other].map((each) => each.next('connected')));
    await harness.commands.publish(harness.keys.control, 'nonsense');
    await harness.commands.hdel(harness.keys.credentials, hashSecret('key'));
    await tell({ type: 'revoke', key_id: 'k1' });
    for (const each of [byKey, bySession]) {
      expect((await each.next('auth_expired')).data).toMatchObject({ reason: 'revoked' });
      await each.ended;
    }
    expect(other.isEnded).toBe(false);
    const again = await harness.get(STREAM, { headers: { authorization: 'Bearer key' } });
    expect(again.status).toBe(401);
  });

  test('ends when its session is logged out', async () => {
    await harness.mirror('session-2', { key_id: 'k2', kind: 'session' });
    const stream = await harness.open(STREAM, { authorization: 'Bearer session-2' });
    await stream.next('connected');
    await tell({ type: 'end_session', sha256: hashSecret('session-2') });
    await stream.next('auth_expired');
  });

  test('a revocation that overtakes a request which was just let in still counts', async () => {
    await harness.mirror('late', { key_id: 'late' });
    await tell({ type: 'revoke', key_id: 'late' });
    await vi.waitFor(async () => {
      const response = await harness.get(STREAM, { headers: { authorization: 'Bearer late' } });
      expect([response.status, (await response.json()).code]).toEqual([401, 'INVALID_CREDENTIAL']);
    }, WAIT);
  });

  test('ends when its credential expires', async () => {
    await harness.mirror('short', { expires_at: new Date(Date.now() + 1500).toISOString() });
    const stream = await harness.open(STREAM, { authorization: 'Bearer short' });
    expect((await stream.next('auth_expired')).data).toMatchObject({ reason: 'expired' });
  });

  test('ends when its revocation was missed while Redis was away', async () => {
    await harness.mirror('missed', {});
    const [stream, other] = [
      await harness.open(STREAM, { authorization: 'Bearer missed' }),
      await harness.open(STREAM),
    ];
    await stream.next('connected');
    await harness.commands.hdel(harness.keys.credentials, hashSecret('missed'));
    await harness.redis.stop();
    await stream.next('system_notification', { code: 'REDIS_UNAVAILABLE' });
    await harness.redis.restart();
    expect((await stream.next('auth_expired')).data).toMatchObject({ reason: 'revoked' });
    expect(other.isEnded).toBe(false);
  });
});
