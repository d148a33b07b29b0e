import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WorkerHarness } from '../../packages/worker/src/fixtures/worker-harness.ts';
import { serveFile, sha256, TestOrigin, testBytes } from '../support/test-origin.ts';

const MIB = 1024 * 1024;
const SIZE = 50 * MIB;
const content = testBytes(SIZE);

describe('a worker that is lost half-way through 50 MB', () => {
  let harness: WorkerHarness;
  let origin: TestOrigin;
  let workers: ChildProcess[];

  beforeEach(async () => {
    workers = [];
    [harness, origin] = await Promise.all([WorkerHarness.start(), TestOrigin.start()]);
    origin.on('/big.bin', serveFile(content, { etag: '"big-1"', bytesPerSecond: 16 * MIB }));
  });
  afterEach(async () => {
    for (const worker of workers) {
      worker.kill('SIGKILL');
      if (worker.exitCode === null && worker.signalCode === null) await once(worker, 'exit');
    }
    await origin.close();
    await harness.close();
  });

  async function spawnWorker(): Promise<ChildProcess> {
    const options = {
      redisUrl: harness.redis.url,
      environment: {
        HERMES_HOME: harness.dir,
        HERMES_DOWNLOAD_DIR: harness.dir,
        HERMES_ALLOW_PRIVATE_NETWORKS: 'true',
      },
      timing: { lock: 1500, stalledCheck: 1000 },
    };
    const script = resolve(import.meta.dirname, 'worker-process.ts');
    const worker = spawn(process.execPath, [script, JSON.stringify(options)], { stdio: ['ignore', 'pipe', 'inherit'] });
    workers.push(worker);
    await once(worker.stdout, 'data');
    return worker;
  }

  async function untilHalf(id: string): Promise<void> {
    await harness.until(id, (download) => download.downloaded_bytes > SIZE / 2);
  }

  function sentBytes(): number {
    return origin.requests.reduce((sum, request) => sum + request.sentBytes, 0);
  }

  async function expectOneWholeFile(id: string): Promise<void> {
    const download = await harness.read(id);
    expect(download.result).toMatchObject({ path: 'big.bin', size: SIZE, sha256: sha256(content) });
    expect(await harness.files()).toEqual(['big.bin']);
    expect(sha256(await harness.content('big.bin'))).toBe(sha256(content));
    expect((await harness.statuses(id)).filter((status) => status === 'completed')).toHaveLength(1);
    expect(await harness.incomplete()).toEqual([]);
    const ranges = origin.requests.map((request) => request.headers.range);
    expect(ranges).toEqual([undefined, expect.stringMatching(/^bytes=\d+-$/)]);
    expect(sentBytes()).toBeLessThan(1.2 * SIZE);
  }

  it('killed -9: another one resumes and completes it', async () => {
    const first = await spawnWorker();
    await harness.enqueue({ download_id: 'killed', url: origin.url('/big.bin') });
    await untilHalf('killed');
    first.kill('SIGKILL');
    await once(first, 'exit');
    await spawnWorker();
    const download = await harness.untilFinal('killed', 60_000);
    expect(download).toMatchObject({ status: 'completed', attempt: 2 });
    await expectOneWholeFile('killed');
  });

  it('frozen, and awake again after another one has completed it: nothing more happens', async () => {
    const first = await spawnWorker();
    await harness.enqueue({ download_id: 'frozen', url: origin.url('/big.bin') });
    await untilHalf('frozen');
    first.kill('SIGSTOP');
    await spawnWorker();
    const download = await harness.untilFinal('frozen', 60_000);
    expect(download).toMatchObject({ status: 'completed', attempt: 2 });
    const factsBefore = await harness.facts('frozen');

    first.kill('SIGCONT');
    // It is awake, and done with what it had, when it takes and completes another download.
    workers[1]?.kill('SIGKILL');
    const other = testBytes(MIB, 'other');
    origin.on('/other.bin', serveFile(other));
    const requests = origin.requests.length;
    await harness.enqueue({ download_id: 'other', url: origin.url('/other.bin') });
    expect((await harness.untilFinal('other', 60_000)).status).toBe('completed');
    expect(origin.requests).toHaveLength(requests + 1);
    origin.requests.length = requests;
    expect(await harness.files()).toEqual(['big.bin', 'other.bin']);
    expect(await harness.facts('frozen')).toEqual(factsBefore);
    await harness.remove('other.bin');
    await expectOneWholeFile('frozen');
  });

  it('frozen, and awake while another one is at it: the two write one file', async () => {
    const first = await spawnWorker();
    await harness.enqueue({ download_id: 'thawed', url: origin.url('/big.bin') });
    await untilHalf('thawed');
    first.kill('SIGSTOP');
    await spawnWorker();
    await harness.until('thawed', (download) => download.attempt === 2 && download.status === 'downloading');
    first.kill('SIGCONT');
    const download = await harness.untilFinal('thawed', 60_000);
    expect(download).toMatchObject({ status: 'completed', attempt: 2 });
    await expectOneWholeFile('thawed');
  });
});
