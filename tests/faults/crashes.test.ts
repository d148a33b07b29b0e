import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { API_BASE, type Download, INCOMPLETE_DIRECTORY, isFinalStatus, keyspace } from '@hermes/contracts';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { freePort, ServiceProcess } from '../support/service-process.ts';
import { serveFile, sha256, TestOrigin, testBytes } from '../support/test-origin.ts';
import { TestRedis } from '../support/test-redis.ts';

const DOWNLOADS = 100;
const CRASHES = 50;
const SIZE = 600 * 1024;
const WAIT = { timeout: 300_000, interval: 500 };
const WORKER = resolve(import.meta.dirname, 'worker-process.ts');

describe('100 downloads', () => {
  let dir: string;
  let redis: TestRedis;
  let origin: TestOrigin;
  let environment: Record<string, string>;
  let api: ServiceProcess;
  let worker: ServiceProcess;

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'hermes-crashes-'));
    [redis, origin] = await Promise.all([TestRedis.start(), TestOrigin.start()]);
    environment = {
      HERMES_HOME: dir,
      HERMES_REDIS_URL: redis.url,
      HERMES_ALLOW_PRIVATE_NETWORKS: 'true',
      HERMES_AUTH: 'off',
      HERMES_RATE_LIMIT_PER_MINUTE: '1000000',
      HERMES_CONCURRENCY: '6',
      API_PORT: String(await freePort()),
    };
    for (let n = 0; n < DOWNLOADS; n++) {
      const path = `/file-${n}.bin`;
      origin.on(path, serveFile(testBytes(SIZE, path), { etag: `"${n}"`, bytesPerSecond: SIZE / 1.5 }));
    }
    await Promise.all([startApi(), startWorker()]);
  });
  afterEach(async () => {
    await Promise.all([api.kill(), worker.kill()]);
    await origin.close();
    await redis.close();
    await rm(dir, { recursive: true, force: true });
  });

  async function startApi(): Promise<void> {
    api = ServiceProcess.hermes(['api'], environment);
    await api.until(() => answers('/health'));
  }

  async function startWorker(): Promise<void> {
    const options = { redisUrl: redis.url, environment, timing: { lock: 1500, stalledCheck: 1000 } };
    worker = ServiceProcess.run(process.execPath, [WORKER, JSON.stringify(options)], {});
    await worker.untilOutput(/ready/);
  }

  const url = (path: string) => `http://127.0.0.1:${environment.API_PORT}${API_BASE}${path}`;
  const answers = (path: string) =>
    fetch(url(path)).then(
      ({ ok }) => ok,
      () => false,
    );

  /** As a client that wants its download, and only one, whatever happens: the same key until it is answered. */
  async function add(n: number): Promise<string> {
    for (;;) {
      const response = await fetch(url('/download'), {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'idempotency-key': `file-${n}` },
        body: JSON.stringify({ url: origin.url(`/file-${n}.bin`) }),
      }).catch(() => null);
      const answer = (await response?.json().catch(() => null)) ?? null;
      if (response?.status === 202 && answer !== null) return answer.download_id;
      await delay(200);
    }
  }

  async function read<T>(path: string): Promise<T> {
    const response = await fetch(url(path));
    expect(response.status).toBe(200);
    return (await response.json()) as T;
  }

  async function expectAllDone(ids: readonly string[]): Promise<void> {
    await vi.waitFor(async () => {
      const { counts } = await read<{ counts: Record<string, number> }>('/download/queue?limit=1');
      expect(counts).toMatchObject({ completed: DOWNLOADS, queued: 0, downloading: 0, processing: 0, failed: 0 });
    }, WAIT);
    // Every file is whole, and there is no other.
    const names = (await readdir(join(dir, 'downloads'))).filter((name) => name !== INCOMPLETE_DIRECTORY).sort();
    expect(names).toEqual(Array.from({ length: DOWNLOADS }, (_, n) => `file-${n}.bin`).sort());
    for (const name of names) {
      expect(sha256(await readFile(join(dir, 'downloads', name)))).toBe(sha256(testBytes(SIZE, `/${name}`)));
    }
    // One row each, in one final state, and all places count the same.
    const { items, total } = await read<{ items: Download[]; total: number }>('/history?limit=100');
    expect(total).toBe(DOWNLOADS);
    expect(items.map(({ download_id }) => download_id).sort()).toEqual([...ids].sort());
    for (const { status, result } of items) expect([status, result?.size]).toEqual(['completed', SIZE]);
    const commands = await redis.connect('commands');
    const keys = keyspace('');
    const counts = await commands.hgetall(keys.counts);
    expect(Number(counts.completed)).toBe(DOWNLOADS);
    for (const [status, count] of Object.entries(counts)) if (status !== 'completed') expect(Number(count)).toBe(0);
    expect(await commands.zcard(keys.openDownloads)).toBe(0);
    const { downloads } = await read<{ downloads: number }>('/stats?period=day');
    expect(downloads).toBe(DOWNLOADS);
    await expectOneEnding(ids);
  }

  /** In the log as far as it is kept: no download ends twice. */
  async function expectOneEnding(ids: readonly string[]): Promise<void> {
    const commands = await redis.connect('commands');
    const endings = new Map<string, number>();
    for (const [, fields] of await commands.xrange(keyspace('').facts, '-', '+')) {
      const envelope = JSON.parse(fields.find((field) => field.startsWith('{')) ?? '{}');
      if (envelope.event !== 'download_status' || !isFinalStatus(envelope.status)) continue;
      endings.set(envelope.key, (endings.get(envelope.key) ?? 0) + 1);
    }
    for (const id of ids) expect(endings.get(id) ?? 0).toBeLessThanOrEqual(1);
  }

  it(`survive ${CRASHES} crashes of worker, API and Redis, whole and counted once`, async () => {
    const adding = Promise.all(Array.from({ length: DOWNLOADS }, (_, n) => delay(n * 200).then(() => add(n))));
    const random = pseudoRandom(20_261_122);
    for (let n = 0; n < CRASHES; n++) {
      await delay(100 + random() * 700);
      const victim = (['worker', 'api', 'redis'] as const)[Math.floor(random() * 3)];
      if (victim === 'worker') {
        await worker.kill();
        await startWorker();
      } else if (victim === 'api') {
        await api.kill();
        await startApi();
      } else {
        await redis.kill();
        await delay(random() * 500);
        await redis.restart();
      }
    }
    await expectAllDone(await adding);
  }, 600_000);

  it('are all there after a FLUSHALL in the middle', async () => {
    const ids = await Promise.all(Array.from({ length: DOWNLOADS }, (_, n) => add(n)));
    await vi.waitFor(async () => {
      const { counts } = await read<{ counts: Record<string, number> }>('/download/queue?limit=1');
      expect(counts.completed).toBeGreaterThan(DOWNLOADS / 5);
    }, WAIT);
    await (await redis.connect('commands')).flushall();
    await expectAllDone(ids);
  }, 600_000);
});

/** The same numbers from 0 to 1 in every run: what fails can be looked for again. */
function pseudoRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
