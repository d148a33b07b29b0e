import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { Publisher, readPosition } from '@hermes/event-log';
import { createLogger } from '@hermes/runtime';
import type { Redis } from 'ioredis';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { makeNewDownload } from '../../../../tests/support/make-new-download.ts';
import { TestRedis } from '../../../../tests/support/test-redis.ts';
import { DownloadStore } from '../database/download-store.ts';
import { type Database, openDatabase } from '../database/open-database.ts';
import { eventually } from '../testing/eventually.ts';
import { DownloadsProjection } from './downloads-projection.ts';
import { readStoredPosition } from './stored-position.ts';

let home: string;
let redis: TestRedis;
let commands: Redis;
let publisher: Publisher;
let opened: { projection: DownloadsProjection; database: Database }[];
let log: string[];

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'hermes-api-'));
  redis = await TestRedis.start();
  commands = await redis.connect('commands');
  publisher = new Publisher(commands, redis.keys);
  opened = [];
  log = [];
});

afterEach(async () => {
  for (const { projection, database } of opened) {
    await projection.close();
    await database.destroy();
  }
  await redis.close();
  await rm(home, { recursive: true, force: true });
});

/** A projection with a connection to the same file of its own, as another process would have. */
async function open(limits = { keep: 10_000, hardCap: 1_000_000 }) {
  const sink = new PassThrough();
  sink.on('data', (chunk: Buffer) => log.push(chunk.toString()));
  const onStatsChanged = vi.fn();
  const database = await openDatabase(join(home, 'hermes.db'), 64 * 1024 * 1024);
  const projection = new DownloadsProjection({
    database,
    redis: await redis.connect('commands'),
    subscriber: await redis.connect('patient'),
    keys: redis.keys,
    publisher,
    logger: createLogger('test', 'debug', sink),
    onStatsChanged,
    ...limits,
  });
  const one = { projection, database, downloads: new DownloadStore(database), onUncertain: vi.fn() };
  opened.push(one);
  return one;
}

async function create(id: string): Promise<void> {
  await publisher.createDownload(makeNewDownload(id));
}

async function complete(id: string): Promise<void> {
  const { attempt } = await publisher.claimAttempt(id, { started_at: new Date().toISOString() });
  await publisher.publishStatus(id, attempt, 'completed', {
    progress: 100,
    result: { path: id, size: 3, sha256: 'a'.repeat(64), content_type: null, duration_ms: 5 },
    completed_at: new Date().toISOString(),
  });
}

const names = (count: number, prefix = 'd') => Array.from({ length: count }, (_, i) => `${prefix}${i}`);

describe('the projection of downloads', () => {
  it('folds what happened before it started and what happens after', async () => {
    await create('before');
    const { projection, downloads, database, onUncertain } = await open();
    projection.start(onUncertain);
    await create('after');
    await complete('after');
    await eventually(async () => expect((await downloads.find('after'))?.status).toBe('completed'));
    expect((await downloads.find('before'))?.status).toBe('queued');
    expect(JSON.parse((await downloads.find('after'))?.result ?? '')).toMatchObject({ size: 3 });
    expect(onUncertain).toHaveBeenCalled();
    await projection.drain();
    const position = await readPosition(commands, redis.keys);
    expect(await readStoredPosition(database)).toMatchObject(position);
    expect(await commands.hget(redis.keys.offsets, 'downloads')).toBe(String(position.seq));
  });

  it('loses and doubles nothing when it ends between two batches and another goes on', async () => {
    // More than a page of facts: two a download.
    for (const id of names(600)) await create(id);
    const first = await open();
    const transaction = first.database.transaction.bind(first.database);
    vi.spyOn(first.database, 'transaction')
      .mockImplementationOnce(transaction)
      .mockImplementationOnce(() => {
        throw new Error('killed');
      });
    await expect(first.projection.drain()).rejects.toThrow('killed');
    const { seq } = await readStoredPosition(first.database);
    expect(seq).toBe(1000);
    expect((await first.downloads.counts()).queued).toBe(500);
    const second = await open();
    await Promise.all([second.projection.drain(), complete('d0')]);
    await second.projection.drain();
    expect(await second.downloads.counts()).toMatchObject({ queued: 599, completed: 1 });
  });

  it('rolls back fold and offset together', async () => {
    await create('a');
    const { projection, database, downloads } = await open();
    // A row that the fold cannot write: the table refuses it.
    await database.schema.alterTable('downloads').renameColumn('session_id', 'gone').execute();
    await expect(projection.drain()).rejects.toThrow(/session_id/);
    expect((await readStoredPosition(database)).seq).toBe(0);
    await database.schema.alterTable('downloads').renameColumn('gone', 'session_id').execute();
    await projection.drain();
    expect((await downloads.find('a'))?.status).toBe('queued');
  });

  it('goes on after a failure by itself', async () => {
    const { projection, database, downloads, onUncertain } = await open();
    projection.start(onUncertain);
    await redis.stop();
    await redis.restart();
    await eventually(async () => {
      await create('back');
      expect((await downloads.find('back'))?.status).toBe('queued');
    });
    expect((await readStoredPosition(database)).epoch).not.toBe('');
  });

  it('tells how far it is behind while it cannot write', async () => {
    const { projection, database, onUncertain } = await open();
    projection.start(onUncertain);
    await database.schema.alterTable('downloads').renameColumn('session_id', 'gone').execute();
    // Each is two facts.
    for (const id of names(3)) await create(id);
    await eventually(() => expect(projection.lag).toBe(6));
    await database.schema.alterTable('downloads').renameColumn('gone', 'session_id').execute();
    await projection.drain();
    expect(projection.lag).toBe(0);
  });

  it('may run twice on one database', async () => {
    const [one, two] = [await open(), await open()];
    one.projection.start(one.onUncertain);
    two.projection.start(two.onUncertain);
    for (const id of names(50)) {
      await create(id);
      await complete(id);
    }
    const { seq } = await readPosition(commands, redis.keys);
    await eventually(async () => expect((await readStoredPosition(one.database)).seq).toBe(seq));
    expect(await two.downloads.counts()).toMatchObject({ queued: 0, downloading: 0, completed: 50 });
    expect(log.join('')).not.toContain('"level":50');
  });

  it('folding again changes nothing, and an older fact never wins', async () => {
    await create('a');
    await complete('a');
    const { projection, database, downloads } = await open();
    await projection.drain();
    const before = await downloads.find('a');
    await database.updateTable('projections').set({ last_offset: 0 }).execute();
    await projection.drain();
    expect(await downloads.find('a')).toEqual(before);
  });

  it('does not reopen what has ended when a rolled-back log tells it again', async () => {
    await create('a');
    await create('b');
    const { projection, database, downloads } = await open();
    await projection.drain();
    await complete('a');
    await projection.drain();
    // The same log, with an end that is gone and another life.
    const facts = await commands.xrange(redis.keys.facts, '-', '+');
    for (const [id] of facts.slice(4)) await commands.xdel(redis.keys.facts, id);
    await commands.set(redis.keys.seq, '4');
    await commands.set(redis.keys.epoch, 'another');
    await commands.hset(redis.keys.boot, 'epoch_seq', '4');
    await projection.drain();
    expect(await readStoredPosition(database)).toMatchObject({ epoch: 'another', seq: 4 });
    expect((await downloads.find('a'))?.status).toBe('completed');
    expect((await downloads.find('b'))?.status).toBe('queued');
  });
});

describe('what is written', () => {
  it('is little, however much progress there is', async () => {
    const { projection, database, downloads, onUncertain } = await open();
    await create('a');
    const { attempt } = await publisher.claimAttempt('a', { started_at: new Date().toISOString() });
    await projection.drain();
    projection.start(onUncertain);
    await eventually(() => expect(onUncertain).toHaveBeenCalled());
    const transactions = vi.spyOn(database, 'transaction');
    const changed = async () =>
      (await sql<{ rows: number }>`select total_changes() as rows`.execute(database)).rows[0]?.rows ?? 0;
    const before = await changed();
    for (let at = 1; at <= 400; at++) {
      await publisher.publishProgress(attempt, {
        ...{ download_id: 'a', status: 'downloading', progress: at / 5, downloaded_bytes: at, total_bytes: 2000 },
        ...{ download_speed: 1, eta: 1 },
      });
    }
    expect(await changed()).toBe(before);
    await publisher.publishStatus('a', attempt, 'failed', { completed_at: new Date().toISOString() });
    await eventually(async () => expect((await downloads.find('a'))?.status).toBe('failed'));
    // The position, the download, and the hour, day and month that it ended in; each once or twice.
    expect(transactions.mock.calls.length).toBeLessThanOrEqual(3);
    expect((await changed()) - before).toBeLessThanOrEqual(9);
  });

  it('is written together when much comes at once', async () => {
    const { projection, database, downloads, onUncertain } = await open();
    projection.start(onUncertain);
    await eventually(() => expect(onUncertain).toHaveBeenCalled());
    const transactions = vi.spyOn(database, 'transaction');
    await Promise.all(names(500).map(create));
    await eventually(async () => expect((await downloads.counts()).queued).toBe(500));
    expect(transactions.mock.calls.length).toBeLessThan(100);
  });
});

describe('trimming', () => {
  it('keeps what has not been folded, then what clients may still ask for', async () => {
    const { projection } = await open({ keep: 10, hardCap: 1_000_000 });
    for (const id of names(30)) await create(id);
    await projection.trim();
    expect(await commands.xlen(redis.keys.facts)).toBe(60);
    await projection.drain();
    await projection.trim();
    expect(await commands.xlen(redis.keys.facts)).toBe(10);
  });

  it('past the hard cap deletes whatever there is, and raises an alarm', async () => {
    const { projection, downloads } = await open({ keep: 10, hardCap: 20 });
    for (const id of names(30)) await create(id);
    await projection.trim();
    expect(await commands.xlen(redis.keys.facts)).toBeLessThanOrEqual(21);
    const facts = await commands.xrange(redis.keys.facts, '-', '+');
    expect(JSON.stringify(facts)).toContain('FACTS_TRIMMED_UNREAD');
    expect(log.join('')).toContain('hard cap');
    // What is left is folded all the same.
    await projection.drain();
    expect((await downloads.find('d29'))?.status).toBe('queued');
    expect((await downloads.find('d0')) ?? null).toBeNull();
  });

  it('tells Redis the offset that a crash kept from it', async () => {
    const { projection } = await open();
    await create('a');
    await projection.drain();
    await commands.del(redis.keys.offsets);
    await (await open()).projection.drain();
    expect(await commands.hget(redis.keys.offsets, 'downloads')).toBe('2');
  });
});
