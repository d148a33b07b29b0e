import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { createLogger, loadConfig } from '@hermes/runtime';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { CACHE_DIR } from '../../../../tests/support/test-redis.ts';
import { type SampleFile, type SampleOrigin, startSampleOrigin } from '../demo/sample-origin.ts';
import { runCaptured, runToEnd } from '../fixtures/run-captured.ts';
import { makeTestHome } from '../fixtures/test-home.ts';
import { type RunningHermes, runHermes } from '../run/run-hermes.ts';

const QUICK: SampleFile = { name: 'quick.bin', size: 200_000, speed: 20_000_000 };
const LONG: SampleFile = { name: 'long.bin', size: 50_000_000, speed: 400_000 };

let origin: SampleOrigin;
let hermes: RunningHermes;
let remove: () => Promise<void>;
let server: string[];

beforeAll(async () => {
  let home: string;
  ({ home, remove } = await makeTestHome());
  origin = await startSampleOrigin([QUICK, LONG]);
  hermes = await runHermes({
    config: loadConfig({
      HERMES_HOME: home,
      HERMES_PORT: '0',
      HERMES_ENABLE_SSE: 'true',
      HERMES_ALLOW_PRIVATE_NETWORKS: 'true',
    }),
    logger: createLogger('test', 'silent'),
    webRoot: join(home, 'no web app'),
    cacheDir: CACHE_DIR,
    onProgress: () => {},
    signal: new AbortController().signal,
  });
  server = ['--url', hermes.origin, '--key', hermes.adminKey];
});
afterEach(() => vi.restoreAllMocks());
afterAll(async () => {
  await hermes.stop();
  await origin.close();
  vi.unstubAllEnvs();
  await remove();
});

const lines = (text: string) => text.trim().split('\n');
const run = (...args: string[]) => runToEnd(...args, ...server);

/** Adds it and says its id. */
async function addOne(file: SampleFile, ...options: string[]): Promise<string> {
  const { exitCode, stdout } = await run('add', origin.urlOf(file), ...options);
  expect(exitCode).toBe(0);
  return stdout.split(' ')[0] ?? '';
}

/** Standard input that holds this. */
function give(text: string): void {
  const stdin = new PassThrough();
  stdin.end(text);
  vi.spyOn(process, 'stdin', 'get').mockReturnValue(stdin as unknown as typeof process.stdin);
}

describe('hermes add', () => {
  it('says the id of what it has added', async () => {
    const { exitCode, stdout, stderr } = await run(
      'add',
      origin.urlOf(QUICK),
      '--priority',
      '90',
      '--header',
      'X-A: b: c',
    );
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^[0-9a-f]{32} {2}http:\/\/\S+\/quick\.bin\n$/);
    const json = await run('add', origin.urlOf(QUICK), '--json');
    expect(JSON.parse(json.stdout)).toMatchObject({
      items: [{ download_id: expect.any(String), status: 'queued', url: origin.urlOf(QUICK) }],
    });
  });

  it('waits for the end, and says how it got on', async () => {
    const { exitCode, stdout, stderr } = await run('add', origin.urlOf(QUICK), '--wait');
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(lines(stdout).at(-1)).toMatch(/^\S+ .*completed +200 KB$/);
  });

  it('fails if what it waited for does, and says why', async () => {
    const { exitCode, stdout, stderr } = await run('add', `${origin.urlOf(QUICK)}.not-there`, '--wait', '--json');
    expect(exitCode).toBe(1);
    const last = JSON.parse(lines(stdout).at(-1) ?? '');
    expect(last).toMatchObject({ status: 'failed', error: { code: 'HTTP_CLIENT_ERROR' } });
    expect(stderr).toMatch(new RegExp(`\\(${last.download_id}\\): HTTP_CLIENT_ERROR: `));
  });

  it('takes many from standard input, and refuses each by itself', async () => {
    give(`# a list\n${origin.urlOf(QUICK)}\n\n  ftp://x/y  \n`);
    const { exitCode, stdout, stderr } = await run('add', '-', origin.urlOf(QUICK), '--wait');
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^ftp:\/\/x\/y: .+ \(VALIDATION_FAILED\)\n$/);
    expect(stdout.match(/completed/g)).toHaveLength(2);
  });

  it('says no password back', async () => {
    const url = origin.urlOf(QUICK).replace('http://', 'http://me:secret@');
    for (const more of [[], ['--json'], ['--wait', '--json']]) {
      const { exitCode, stdout, stderr } = await run('add', url, ...more);
      expect([exitCode, stderr]).toEqual([0, '']);
      expect(stdout).not.toContain('secret');
    }
  });

  it.each([
    ['nothing on standard input', ['-'], 'no addresses'],
    ['one name for many files', ['http://a.example/', 'http://b.example/', '--filename', 'x'], 'of one file'],
    ['an address that is none', ['nonsense'], 'VALIDATION_FAILED'],
  ])('refuses %s', async (_what, args, message) => {
    give('\n');
    const { exitCode, stdout, stderr } = await run('add', ...args);
    expect([exitCode, stdout]).toEqual([1, '']);
    expect(stderr).toContain(message);
  });
});

describe('hermes list', () => {
  it('shows what has not ended, and how many there are of each', async () => {
    const id = await addOne(LONG);
    await vi.waitFor(async () => {
      const { stdout } = await run('list');
      expect(stdout).toMatch(new RegExp(`^${id}  downloading  .+ of 50\\.0 MB .+ long\\.bin$`, 'm'));
    }, 20_000);
    const all = await run('list', '--all', '--limit', '1');
    expect(lines(all.stdout)[1]).toMatch(/^… and \d+ more \(--limit\)$/);
    expect(all.stdout).toMatch(/1 downloading, .*\d+ completed, \d+ failed/);
    const failed = JSON.parse((await run('list', '--status', 'failed', '--json')).stdout);
    expect(new Set(failed.items.map((item: { status: string }) => item.status))).toEqual(new Set(['failed']));
    await run('cancel', id);
  });

  it('names the status that there is not', async () => {
    const { exitCode, stderr } = await run('list', '--status', 'gone');
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining('query.status')]);
  });
});

describe('hermes pause, resume, cancel, retry', () => {
  it('act on each of them, and say of each what became of it', async () => {
    const id = await addOne(LONG);
    expect(await run('pause', id)).toMatchObject({ exitCode: 0, stdout: `Paused ${id}.\n` });
    expect(await run('resume', id, '--json')).toMatchObject({ exitCode: 0 });
    const cancelled = await run('cancel', id, 'nobody-knows-it');
    expect(cancelled).toMatchObject({ exitCode: 1, stdout: `Cancelled ${id}.\n` });
    expect(cancelled.stderr).toMatch(/^nobody-knows-it: .+ \(DOWNLOAD_NOT_FOUND\)\n$/);
    expect((await run('pause', id)).stderr).toContain('DOWNLOAD_FINAL');
  });

  it('retry tries all that have failed again', async () => {
    const { stdout } = await run('add', `${origin.urlOf(QUICK)}.gone`, '--wait', '--json');
    const { download_id: id } = JSON.parse(lines(stdout).at(-1) ?? '');
    const retried = await run('retry', '--all-failed');
    expect(retried.exitCode).toBe(0);
    expect(retried.stdout).toContain(`Trying again ${id}.`);
    await vi.waitFor(async () => expect((await run('list', '--status', 'failed')).stdout).toContain(id), 20_000);
  });

  it.each([[[]], [['x', '--all-failed']]])('refuse ids and a flag, or neither: %j', async (args) => {
    const { exitCode, stderr } = await run('retry', ...args);
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining('either ids (hermes list) or --all-failed')]);
  });
});

describe('hermes watch', () => {
  it('ends with the download, and fails with it', async () => {
    const id = await addOne(LONG);
    const watching = runCaptured('watch', id, '--json', ...server);
    await vi.waitFor(() => expect(watching.stdout).toContain('"status":"downloading"'), 20_000);
    await fetch(`${hermes.origin}/api/v1/download/${id}/cancel`, {
      method: 'POST',
      headers: { authorization: `Bearer ${hermes.adminKey}` },
    });
    expect(await watching.exitCode).toBe(1);
    expect(JSON.parse(lines(watching.stdout).at(-1) ?? '')).toMatchObject({ download_id: id, status: 'cancelled' });
    expect(watching.stderr).toBe(`long.bin (${id}): cancelled\n`);
    // What has ended before is told at once.
    expect(await run('watch', id)).toMatchObject({ exitCode: 1 });
  });

  it('polls while streams are switched off', async () => {
    const change = (sse_enabled: boolean | null) =>
      fetch(`${hermes.origin}/api/v1/config`, {
        method: 'PATCH',
        headers: { authorization: `Bearer ${hermes.adminKey}`, 'content-type': 'application/json' },
        body: JSON.stringify({ sse_enabled }),
      });
    await change(false);
    await vi.waitFor(async () => {
      const health = await fetch(`${hermes.origin}/api/v1/events/health`);
      expect(await health.json()).toMatchObject({ enabled: false });
    });
    expect(await run('add', origin.urlOf(QUICK), '--wait')).toMatchObject({ exitCode: 0, stderr: '' });
    await change(null);
  });

  it('shows everything until it is interrupted', async () => {
    const watching = runCaptured('watch', ...server);
    // It is there before anything is.
    await vi.waitFor(async () => {
      const connections = await fetch(`${hermes.origin}/api/v1/events/health`);
      expect(await connections.json()).toMatchObject({ active_connections: 1 });
    });
    await fetch(`${hermes.origin}/api/v1/download`, {
      method: 'POST',
      headers: { authorization: `Bearer ${hermes.adminKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({ url: origin.urlOf(QUICK) }),
    });
    await vi.waitFor(() => expect(watching.stdout).toMatch(/quick.*completed/), 20_000);
    process.emit('SIGINT');
    expect(await watching.exitCode).toBe(0);
  });

  it('ends with 130 if it is interrupted while it waits', async () => {
    const id = await addOne(LONG);
    const watching = runCaptured('watch', id, ...server);
    await vi.waitFor(() => expect(watching.stdout).toContain('long.bin'), 20_000);
    process.emit('SIGTERM');
    expect(await watching.exitCode).toBe(130);
    await run('cancel', id);
  });

  it('says that there is no such download, or no server', async () => {
    expect(await run('watch', 'nobody-knows-it')).toMatchObject({
      exitCode: 1,
      stderr: 'There is no download nobody-knows-it.\n',
    });
    const nowhere = await runToEnd('watch', '--url', 'http://127.0.0.1:1');
    expect([nowhere.exitCode, nowhere.stderr]).toEqual([1, expect.stringContaining('Is it running?')]);
  });
});
