import { type ListDownloadsResponse, type PublicConfig, SESSION_COOKIE } from '@hermes/contracts';
import { hashSecret } from '@hermes/runtime';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestRedis } from '../../../tests/support/test-redis.ts';
import { eventually } from './testing/eventually.ts';
import { startTestApi, type TestApi } from './testing/test-api.ts';

const BODY = { url: 'https://example.com/a' };
let redis: TestRedis;
let url: string;
let api: TestApi;
let ids: string[];
let cursorBefore: string;

async function create(): Promise<string> {
  return (await api.call('POST', '/download', { body: BODY })).json<{ download_id: string }>().download_id;
}

/** The API with Redis gone, as each test finds it. */
beforeAll(async () => {
  redis = await TestRedis.start();
  url = redis.url;
  api = await startTestApi(url);
  ids = [await create(), await create(), await create()];
  await api.call('POST', `/download/${ids[2]}/cancel`);
  await eventually(async () => {
    const answer = await api.call('GET', '/download/queue?status=cancelled');
    expect(answer.json<ListDownloadsResponse>().items).toHaveLength(1);
  });
  cursorBefore = (await api.call('GET', '/download/queue?limit=1')).json<ListDownloadsResponse>().next_cursor ?? '';
  await redis.stop();
});

afterAll(async () => {
  await api.close();
  await redis.close();
});

describe('with Redis away', () => {
  it('reads are served from the database', async () => {
    const one = await api.call('GET', `/download/${ids[0]}`);
    expect(one.statusCode).toBe(200);
    expect(one.headers['hermes-cursor']).toMatch(/^\w+:\d+$/);
    const open = await api.call('GET', '/download/queue');
    expect(open.json<ListDownloadsResponse>().items.map((item) => item.download_id)).toEqual(ids.slice(0, 2));
    // Also from where a page of Redis ended.
    const next = await api.call('GET', `/download/queue?limit=1&cursor=${cursorBefore}`);
    expect(next.json<ListDownloadsResponse>().items.map((item) => item.download_id)).toEqual([ids[1]]);
    const mixed = await api.call('GET', '/download/queue?status=queued,cancelled');
    expect(mixed.json<ListDownloadsResponse>().total).toBe(3);
    expect((await api.call('GET', '/download/unknown')).statusCode).toBe(404);
  });

  it('writes are refused with 503 and leave nothing behind', async () => {
    for (const headers of [{}, { 'idempotency-key': 'k' }] as Record<string, string>[]) {
      const answer = await api.call('POST', '/download', { body: BODY, headers });
      expect(answer.statusCode).toBe(503);
      expect(answer.json()).toMatchObject({ code: 'REDIS_UNAVAILABLE' });
      expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
    }
    expect((await api.call('POST', `/download/${ids[0]}/cancel`)).statusCode).toBe(503);
    expect((await api.call('GET', '/download/queue')).json<ListDownloadsResponse>().total).toBe(2);
  });

  it('authentication works', async () => {
    expect((await api.call('GET', '/download/queue', { key: 'hermes_wrong' })).statusCode).toBe(401);
    const login = await api.call('POST', '/auth/login', { key: null, body: { key: api.adminKey } });
    expect(login.statusCode).toBe(200);
    const cookie = String(login.headers['set-cookie']).split(';')[0] as string;
    expect(cookie.startsWith(SESSION_COOKIE)).toBe(true);
    expect((await api.call('GET', '/auth/api-keys', { key: null, headers: { cookie } })).statusCode).toBe(200);
    expect((await api.call('POST', '/auth/login', { key: null, body: { code: 'x' } })).statusCode).toBe(503);
  });

  it('a key is revoked here at once', async () => {
    const { id, key } = await api.newKey(['read']);
    expect((await api.call('GET', '/download/queue', { key })).statusCode).toBe(200);
    expect((await api.call('DELETE', `/auth/api-keys/${id}`)).statusCode).toBe(204);
    expect((await api.call('GET', '/download/queue', { key })).statusCode).toBe(401);
  });

  it('it says that it is not ready, and that it lives', async () => {
    const ready = await api.call('GET', '/health/ready', { key: null });
    expect(ready.statusCode).toBe(503);
    expect(ready.json()).toMatchObject({
      status: 'degraded',
      dependencies: { database: { status: 'up' }, redis: { status: 'down' } },
    });
    expect((await api.call('GET', '/health', { key: null })).statusCode).toBe(200);
    expect((await api.call('GET', '/config', { key: null })).json<PublicConfig>().auth_required).toBe(true);
  });

  it('another API starts all the same, and stops', async () => {
    const other = await startTestApi(url, { home: api.home });
    expect((await other.call('GET', `/download/${ids[0]}`)).statusCode).toBe(200);
    await other.stop();
  });

  it('when it is back, writes work and the gateways learn of every credential', async () => {
    const { id, key } = await api.newKey(['read']);
    await redis.restart();
    await eventually(async () => expect((await api.call('POST', '/download', { body: BODY })).statusCode).toBe(202));
    const commands = await redis.connect('commands');
    await eventually(async () => expect(await commands.hget(redis.keys.credentials, hashSecret(key))).toContain(id));
  });
});

describe('with a Redis that hangs', () => {
  it('reads and refusals come in time', async () => {
    process.kill(redis.pid, 'SIGSTOP');
    try {
      const [read, write] = await Promise.all([
        api.call('GET', `/download/${ids[0]}`),
        api.call('POST', '/download', { body: BODY }),
      ]);
      expect(read.statusCode).toBe(200);
      expect(write.statusCode).toBe(503);
    } finally {
      process.kill(redis.pid, 'SIGCONT');
    }
  });
});
