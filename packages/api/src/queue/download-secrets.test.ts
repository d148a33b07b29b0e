import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DOWNLOAD_QUEUE, downloadSecretsSchema, RETRY_WINDOW_MS } from '@hermes/contracts';
import { Publisher } from '@hermes/event-log';
import { SecretBox } from '@hermes/runtime';
import SQLite from 'better-sqlite3';
import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TestRedis } from '../../../../tests/support/test-redis.ts';
import { toRow } from '../database/download-rows.ts';
import { DownloadStore } from '../database/download-store.ts';
import { openDatabase } from '../database/open-database.ts';
import { eventually } from '../testing/eventually.ts';
import { newDownload } from '../testing/facts.ts';
import { createOldDatabase } from '../testing/old-database.ts';
import { startTestApi, type TestApi } from '../testing/test-api.ts';

const URL_OF_FILE = 'https://files.example/a.iso';
const COOKIE = 'session=hush-cookie';
const PASSWORD = 'hush:pässword';
const BASIC = `Basic ${Buffer.from(`me:${PASSWORD}`).toString('base64')}`;
const SECRETS = ['hush', encodeURIComponent(PASSWORD), BASIC.slice(6), Buffer.from(COOKIE).toString('base64')];
const WITH_SECRETS = {
  url: `https://me:${encodeURIComponent(PASSWORD)}@files.example/a.iso`,
  headers: { Cookie: COOKIE, 'X-Other': 'hush-key' },
};

let server: TestRedis;
let redis: Redis;
let api: TestApi;
let told: string[];

beforeEach(async () => {
  server = await TestRedis.start();
  redis = await server.connect('commands');
  told = [];
  const subscriber = await server.connect('patient');
  subscriber.on('pmessage', (_pattern, channel, message) => told.push(`${channel} ${message}`));
  await subscriber.psubscribe('*');
  api = await startTestApi(server.url);
});
afterEach(async () => {
  await api.close();
  await server.close();
});

async function create(headers: Record<string, string> = {}): Promise<string> {
  const answer = await api.call('POST', '/download', { body: WITH_SECRETS, headers });
  expect(answer.statusCode).toBe(202);
  expect(answer.body).not.toMatch(/hush/);
  return answer.json<{ download_id: string }>().download_id;
}

/** What the worker will read. */
async function handedOver(id: string): Promise<unknown> {
  const sealed = await redis.get(server.keys.secrets(id));
  if (sealed === null) return null;
  const text = await new SecretBox(join(api.home, 'secret.key')).open(id, sealed);
  return downloadSecretsSchema.parse(JSON.parse(text)).headers;
}

async function storedSecrets(): Promise<unknown[]> {
  const sqlite = new SQLite(join(api.home, 'hermes.db'), { readonly: true });
  try {
    return sqlite.prepare('SELECT download_id FROM download_secrets').pluck().all();
  } finally {
    sqlite.close();
  }
}

/** Everything in Redis, as bytes; compressed values are taken apart. */
async function everythingInRedis(): Promise<string> {
  const parts: string[] = [];
  for (const name of await redis.keys('*')) {
    const type = await redis.type(name);
    const value =
      type === 'hash'
        ? await redis.hgetall(name)
        : type === 'stream'
          ? await redis.xrange(name, '-', '+')
          : type === 'zset'
            ? await redis.zrange(name, '0', '-1')
            : type === 'list'
              ? await redis.lrange(name, 0, -1)
              : type === 'set'
                ? await redis.smembers(name)
                : await redis.get(name);
    parts.push(`${name} ${JSON.stringify(value)}`);
  }
  return parts.join('\n');
}

async function end(id: string, status: 'completed' | 'failed' | 'cancelled'): Promise<void> {
  const publisher = new Publisher(redis, server.keys);
  const { attempt } = await publisher.claimAttempt(id, {});
  await publisher.publishStatus(id, attempt, status, { completed_at: new Date().toISOString() });
  await eventually(async () => {
    const sqlite = new SQLite(join(api.home, 'hermes.db'), { readonly: true });
    const stored = sqlite.prepare('SELECT status FROM downloads WHERE download_id = ?').pluck().get(id);
    sqlite.close();
    expect(stored).toBe(status);
  });
}

describe('headers and passwords', () => {
  it('reach the worker, sealed, and stand in plain nowhere', async () => {
    const id = await create({ 'idempotency-key': 'once' });
    expect(await handedOver(id)).toEqual({ ...WITH_SECRETS.headers, authorization: BASIC });
    const read = [
      await api.call('GET', `/download/${id}`),
      await api.call('GET', '/download/queue'),
      // The same again, and something else under the same key.
      await api.call('POST', '/download', { body: WITH_SECRETS, headers: { 'idempotency-key': 'once' } }),
      await api.call('POST', '/download', {
        body: { ...WITH_SECRETS, headers: { Cookie: 'hush-2' } },
        headers: { 'idempotency-key': 'once' },
      }),
      await api.call('POST', '/download', { body: { ...WITH_SECRETS, headers: { Cookie: 'hush\n' } } }),
    ];
    expect(read.map((answer) => answer.statusCode)).toEqual([200, 200, 202, 409, 400]);
    expect(read[0]?.json()).toMatchObject({ url: URL_OF_FILE });
    const jobs = new Queue(DOWNLOAD_QUEUE, { connection: redis, prefix: server.keys.bullPrefix });
    expect((await jobs.getJob(id))?.data).toMatchObject({
      download_id: id,
      url: URL_OF_FILE,
      with_secrets: true,
    });
    await jobs.close();
    await end(id, 'failed');
    const files = await Promise.all(
      ['hermes.db', 'hermes.db-wal'].map((name) => readFile(join(api.home, name), 'latin1')),
    );
    const places = {
      answers: read.map((answer) => answer.body).join(),
      redis: await everythingInRedis(),
      events: told.join('\n'),
      log: api.log(),
      database: files.join(),
    };
    // Each place really was looked at.
    for (const { length } of Object.values(places)) expect(length).toBeGreaterThan(100);
    for (const place of ['answers', 'redis', 'events', 'database'] as const)
      expect(places[place]).toContain(URL_OF_FILE);
    for (const [place, text] of Object.entries(places)) {
      for (const secret of SECRETS) expect(text.includes(secret), `${secret} in ${place}`).toBe(false);
    }
  });

  it('are handed over again when Redis has forgotten everything', async () => {
    const id = await create();
    await redis.flushall();
    await eventually(async () => expect(await handedOver(id)).toMatchObject({ Cookie: COOKIE }));
  });

  it('are gone everywhere when it is completed', async () => {
    const id = await create();
    expect(await storedSecrets()).toEqual([id]);
    await end(id, 'completed');
    expect(await redis.exists(server.keys.secrets(id))).toBe(0);
    expect(await storedSecrets()).toEqual([]);
  });

  it.each(['failed', 'cancelled'] as const)('of what has %s are kept for a retry, in the database', async (status) => {
    const [id, open] = [await create(), await create()];
    await end(id, status);
    expect(await redis.exists(server.keys.secrets(id))).toBe(0);
    const database = await openDatabase(join(api.home, 'hermes.db'), 64 * 1024 * 1024);
    try {
      const store = new DownloadStore(database);
      await store.pruneSecrets(new Date(Date.now() - RETRY_WINDOW_MS).toISOString());
      expect(await storedSecrets()).toEqual(expect.arrayContaining([id, open]));
      await store.pruneSecrets(new Date(Date.now() + 1000).toISOString());
      expect(await storedSecrets()).toEqual([open]);
    } finally {
      await database.destroy();
    }
  });

  it('that stood in a job in plain text are removed, and the download says that it lacks them', async () => {
    const id = 'old';
    const path = join(api.home, 'old.db');
    const old = await createOldDatabase(path, '0001_foundation');
    const {
      ended_at: _ended,
      host: _host,
      search: _search,
      ...row
    } = toRow(newDownload(id, new Date().toISOString()), '');
    await old
      .insertInto('downloads')
      .values(row as ReturnType<typeof toRow>)
      .execute();
    const job = { download_id: id, url: URL_OF_FILE, engine: 'http', headers: { cookie: 'hush' } };
    await old
      .insertInto('download_options')
      .values({ download_id: id, job: JSON.stringify(job) })
      .execute();
    await old.destroy();
    const database = await openDatabase(path, 64 * 1024 * 1024);
    const { headers: _, ...rest } = job;
    expect((await new DownloadStore(database).findJobs([id])).get(id)).toEqual({ ...rest, with_secrets: true });
    await database.destroy();
  });
});
