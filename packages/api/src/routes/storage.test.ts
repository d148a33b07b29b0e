import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Storage, type StorageScan, storageScanSchema, storageSchema } from '@hermes/contracts';
import { Publisher, readLatestStates } from '@hermes/event-log';
import { readDiskSpace } from '@hermes/runtime';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { makeNewDownload } from '../../../../tests/support/make-new-download.ts';
import { metricSamples, metricValue } from '../../../../tests/support/metric-samples.ts';
import { TestRedis } from '../../../../tests/support/test-redis.ts';
import { eventually } from '../testing/eventually.ts';
import { startTestApi, type TestApi } from '../testing/test-api.ts';

let redis: TestRedis;
beforeAll(async () => {
  redis = await TestRedis.start();
});
afterAll(() => redis.close());

let home: string;
let downloads: string;
let api: TestApi;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'hermes-api-'));
  downloads = join(home, 'downloads');
  await mkdir(join(downloads, 'films'), { recursive: true });
  await writeFile(join(downloads, 'a.iso'), Buffer.alloc(1000));
  await writeFile(join(downloads, 'films', 'b.mp4'), Buffer.alloc(234));
  api = await startTestApi(redis.url, { home });
});
afterEach(() => api.close());

async function storage(): Promise<Storage> {
  const answer = await api.call('GET', '/storage');
  expect(answer.statusCode).toBe(200);
  return storageSchema.parse(answer.json());
}

async function scanStatus(): Promise<StorageScan> {
  return storageScanSchema.parse((await api.call('GET', '/storage/scan-status')).json());
}

/** As if it had been found out an hour ago by a process that has ended since. */
async function restartAnHourLater(): Promise<void> {
  await api.stop();
  const path = join(home, 'snapshots', 'storage.json');
  const kept = JSON.parse(await readFile(path, 'utf8')) as { generated_at: string };
  kept.generated_at = new Date(Date.parse(kept.generated_at) - 3_600_000).toISOString();
  await writeFile(path, JSON.stringify(kept));
  api = await startTestApi(redis.url, { home });
}

describe('GET /storage', () => {
  it('says what the downloads take and how much room there is, and as of when', async () => {
    const answer = await api.call('GET', '/storage');
    expect(answer.headers['hermes-cursor']).toMatch(/^\w+:\d+$/);
    const body = storageSchema.parse(answer.json());
    expect(body).toMatchObject({ downloads_size: 1234, downloads_count: 2, is_stale: false });
    expect(body).toMatchObject({ warn_percent: 90, stop_percent: 95, level: expect.stringMatching(/^(ok|low|stop)$/) });
    const { total } = await readDiskSpace(downloads);
    expect(body.total_space).toBe(total);
    expect(body.used_space + body.free_space).toBeLessThanOrEqual(total);
    expect(body.free_space).toBeGreaterThan(0);
    expect(Math.abs(Date.parse(body.generated_at) - Date.now())).toBeLessThan(60_000);
  });

  it('answers 100 callers of a stale snapshot at once, with one scan', async () => {
    await storage();
    await writeFile(join(downloads, 'c'), Buffer.alloc(66));
    await restartAnHourLater();
    const before = await scanStatus();
    expect(before).toMatchObject({ status: 'idle', snapshot: 'stale', scans: 0, started_at: null, finished_at: null });
    const answers = await Promise.all(Array.from({ length: 100 }, storage));
    // The first of them all were answered from what was kept.
    expect(answers[0]).toMatchObject({ downloads_size: 1234, is_stale: true });
    await eventually(async () => expect(await scanStatus()).toMatchObject({ status: 'idle', snapshot: 'fresh' }));
    expect(await scanStatus()).toMatchObject({ scans: 1, failures: 0, error: null, files_scanned: 3 });
    expect(await storage()).toMatchObject({ downloads_size: 1300, downloads_count: 3, is_stale: false });
    const samples = metricSamples((await api.app.inject('/metrics')).body);
    expect(metricValue(samples, 'hermes_storage_scans_total', { outcome: 'succeeded' })).toBe(1);
    expect(metricValue(samples, 'hermes_storage_stale_served_total')).toBeGreaterThanOrEqual(1);
    expect(metricValue(samples, 'hermes_storage_free_bytes')).toBeGreaterThan(0);
  });

  it.each(['', '{"version":1,"generated_at":"2026', '{"version":0}'])(
    'survives a kept snapshot like %j',
    async (content) => {
      await storage();
      await api.stop();
      await writeFile(join(home, 'snapshots', 'storage.json'), content);
      api = await startTestApi(redis.url, { home });
      expect(api.log()).toContain('The stored snapshot is not used');
      expect(await storage()).toMatchObject({ downloads_size: 1234, is_stale: false });
    },
  );

  it('does not take what was kept of another directory for its own', async () => {
    await storage();
    await api.stop();
    const other = join(home, 'other');
    await mkdir(other);
    api = await startTestApi(redis.url, { home, env: { HERMES_DOWNLOAD_DIR: other } });
    expect(await storage()).toMatchObject({ downloads_size: 0, downloads_count: 0 });
  });

  it('says so if the directory is not there, and finds it when it is', async () => {
    await rm(downloads, { recursive: true });
    const answer = await api.call('GET', '/storage');
    expect(answer.statusCode).toBe(503);
    expect(answer.json()).toMatchObject({
      code: 'STORAGE_UNAVAILABLE',
      detail: 'The download directory does not exist',
    });
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
    expect(await scanStatus()).toMatchObject({
      status: 'failed',
      snapshot: 'failed',
      error: 'The download directory does not exist',
      failures: 1,
    });
    await mkdir(downloads);
    await eventually(async () => expect(await storage()).toMatchObject({ downloads_count: 0, is_stale: false }));
  });

  it('serves what it had if the directory has gone', async () => {
    await storage();
    await rm(downloads, { recursive: true });
    await restartAnHourLater();
    expect(await storage()).toMatchObject({ downloads_size: 1234, is_stale: true });
    await eventually(async () => expect(await scanStatus()).toMatchObject({ status: 'failed' }));
    expect(await storage()).toMatchObject({ downloads_size: 1234, is_stale: true });
  });
});

describe('POST /storage/rescan', () => {
  it('answers 202 with the scan, which reads everything anew, and is joined while it runs', async () => {
    await storage();
    await writeFile(join(downloads, 'a.iso'), Buffer.alloc(2000));
    const [first, second] = await Promise.all([
      api.call('POST', '/storage/rescan'),
      api.call('POST', '/storage/rescan/'),
    ]);
    expect([first.statusCode, second.statusCode]).toEqual([202, 202]);
    expect(storageScanSchema.parse(first.json())).toMatchObject({ status: 'running', finished_at: null, scans: 2 });
    await eventually(async () => expect(await storage()).toMatchObject({ downloads_size: 2234, is_stale: false }));
    const ended = await eventually(async () => {
      const status = await scanStatus();
      expect(status).toMatchObject({ status: 'idle', snapshot: 'fresh', error: null });
      return status;
    });
    expect(ended.duration_ms).toBeGreaterThan(0);
    expect(Date.parse(ended.finished_at ?? '')).toBeGreaterThanOrEqual(Date.parse(ended.started_at ?? ''));
  });

  it('needs the permission to write', async () => {
    const { key } = await api.newKey(['read']);
    expect((await api.call('GET', '/storage', { key })).statusCode).toBe(200);
    expect((await api.call('GET', '/storage/scan-status', { key })).statusCode).toBe(200);
    const refused = await api.call('POST', '/storage/rescan', { key });
    expect([refused.statusCode, refused.json<{ code: string }>().code]).toEqual([403, 'FORBIDDEN']);
    expect((await api.call('POST', '/storage/rescan', { key: (await api.newKey(['write'])).key })).statusCode).toBe(
      202,
    );
  });
});

describe('storage_update', () => {
  it('follows the end of a download, and a scan that was asked for', async () => {
    const commands = await redis.connect('commands');
    await commands.del(redis.keys.states);
    await storage();
    const told = async () => {
      const states = await readLatestStates(commands, redis.keys);
      const update = states.find(({ event }) => event === 'storage_update');
      return storageSchema.parse(JSON.parse(update?.data ?? 'null'));
    };
    await eventually(async () => expect(await told()).toMatchObject({ downloads_count: 2 }));
    const publisher = new Publisher(commands, redis.keys);
    await publisher.createDownload(makeNewDownload('d1'));
    await writeFile(join(downloads, 'c'), Buffer.alloc(66));
    const { attempt } = await publisher.claimAttempt('d1', {});
    await publisher.publishStatus('d1', attempt, 'processing', {});
    await publisher.publishStatus('d1', attempt, 'completed', {});
    await eventually(async () =>
      expect(await told()).toMatchObject({ downloads_count: 3, downloads_size: 1300, is_stale: false }),
    );
    const before = await told();
    await api.call('POST', '/storage/rescan');
    await eventually(async () =>
      expect(Date.parse((await told()).generated_at)).toBeGreaterThan(Date.parse(before.generated_at)),
    );
  });
});

it('answers with Redis away', async () => {
  await storage();
  const own = await TestRedis.start();
  const other = await startTestApi(own.url);
  await mkdir(join(other.home, 'downloads'));
  await own.stop();
  const answer = await other.call('GET', '/storage');
  expect([answer.statusCode, answer.json<Storage>().downloads_count]).toEqual([200, 0]);
  await other.close();
  await own.close();
});
