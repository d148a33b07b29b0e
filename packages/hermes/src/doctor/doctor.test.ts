import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { TestRedis } from '../../../../tests/support/test-redis.ts';
import { runToEnd } from '../fixtures/run-captured.ts';
import { makeTestHome } from '../fixtures/test-home.ts';
import { checkWeb } from './doctor.ts';
import type { Finding } from './finding.ts';

let home: string;
let remove: () => Promise<void>;
beforeEach(async () => {
  ({ home, remove } = await makeTestHome({ HERMES_PORT: '0' }));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await remove();
});

async function examine(): Promise<{ exitCode: number; ok: boolean; findings: Finding[]; of(check: string): Finding }> {
  const { exitCode, stdout, stderr } = await runToEnd('doctor', '--json');
  expect(stderr).toBe('');
  const { ok, findings } = JSON.parse(stdout) as { ok: boolean; findings: Finding[] };
  expect(exitCode).toBe(ok ? 0 : 1);
  for (const { status, mend } of findings) expect(mend === null).toBe(status === 'ok');
  const of = (check: string) => {
    const found = findings.find((finding) => finding.check === check);
    if (found === undefined) throw new Error(`Nothing was said of ${check}`);
    return found;
  };
  return { exitCode, ok, findings, of };
}

describe('hermes doctor', () => {
  it('has nothing to say of a good set-up, and leaves nothing behind', async () => {
    const { ok, findings } = await examine();
    expect(ok).toBe(true);
    expect(findings.filter(({ status }) => status === 'problem')).toEqual([]);
    expect(await readdir(home)).toEqual(['cache']);
  });

  it('tells people the same in words', async () => {
    expect(await runToEnd('doctor')).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/✓ node .*\n[\s\S]*\nHermes can run here\.\n$/),
    });
    vi.stubEnv('HERMES_HOME', '/proc/hermes');
    expect(await runToEnd('doctor')).toMatchObject({
      exitCode: 1,
      stdout: expect.stringMatching(/✗ home .*\n +→ Make \/proc\/hermes writable[\s\S]*Hermes cannot run here yet/),
    });
  });

  it('finds a wrong variable', async () => {
    vi.stubEnv('HERMES_CONCURRENCY', 'many');
    const { of } = await examine();
    expect(of('configuration')).toMatchObject({
      status: 'problem',
      mend: expect.stringContaining('HERMES_CONCURRENCY'),
    });
    expect(of('configuration').detail).toContain('"many"');
  });

  it('finds directories that cannot be written to', async () => {
    await writeFile(join(home, 'file'), '');
    vi.stubEnv('HERMES_DOWNLOAD_DIR', join(home, 'file'));
    const { of } = await examine();
    expect(of('home').status).toBe('ok');
    expect(of('downloads')).toMatchObject({ status: 'problem', mend: expect.stringContaining('HERMES_DOWNLOAD_DIR') });
  });

  it('finds a port that another program holds, and one that cannot be had', async () => {
    const server = createServer((_, response) => response.end('{}'));
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    vi.stubEnv('HERMES_PORT', String((server.address() as AddressInfo).port));
    try {
      expect((await examine()).of('port')).toMatchObject({
        status: 'problem',
        detail: expect.stringContaining('taken by another program'),
        mend: expect.stringContaining('HERMES_PORT'),
      });
    } finally {
      server.close();
      server.closeAllConnections();
    }
    vi.stubEnv('HERMES_HOST', '192.0.2.254');
    expect((await examine()).of('port')).toMatchObject({
      status: 'problem',
      mend: expect.stringContaining('HERMES_HOST'),
    });
  });

  it('finds no built web app', async () => {
    await mkdir(join(home, 'web'));
    expect(checkWeb(join(home, 'web'))).toMatchObject({
      status: 'warning',
      mend: expect.stringContaining('pnpm build'),
    });
    await writeFile(join(home, 'web/index.html'), '');
    expect(checkWeb(join(home, 'web'))).toMatchObject({ status: 'ok' });
  });

  it('says what it takes where there is no Redis', async () => {
    await rm(join(home, 'cache'));
    vi.stubEnv('PATH', '');
    expect((await examine()).of('redis')).toMatchObject({
      status: 'problem',
      mend: expect.stringContaining('Install'),
    });
  });
});

describe('hermes doctor, of a Redis', () => {
  let redis: TestRedis;
  beforeAll(async () => {
    redis = await TestRedis.start();
  });
  afterAll(async () => {
    await redis?.close();
  });

  it('that is set up well', async () => {
    vi.stubEnv('HERMES_REDIS_URL', redis.url);
    const { ok, of } = await examine();
    expect(ok).toBe(true);
    expect([of('redis').status, of('redis eviction').status, of('redis persistence').status]).toEqual([
      'ok',
      'ok',
      'ok',
    ]);
  });

  it('that would drop keys, or forgets at a restart', async () => {
    vi.stubEnv('HERMES_REDIS_URL', redis.url);
    const commands = await redis.connect('commands');
    await commands.config('SET', 'maxmemory-policy', 'allkeys-lru');
    await commands.config('SET', 'appendonly', 'no');
    const { exitCode, of } = await examine();
    expect(exitCode).toBe(1);
    expect(of('redis eviction')).toMatchObject({
      status: 'problem',
      detail: expect.stringContaining('allkeys-lru'),
      mend: expect.stringContaining('CONFIG SET maxmemory-policy noeviction'),
    });
    expect(of('redis persistence').status).toBe('warning');
  });

  it('that cannot be reached, without telling its password', async () => {
    vi.stubEnv('HERMES_REDIS_URL', 'redis://user:hunter2@127.0.0.1:1');
    const { of, findings } = await examine();
    expect(of('redis')).toMatchObject({ status: 'problem', mend: expect.stringContaining('HERMES_REDIS_URL') });
    expect(JSON.stringify(findings)).not.toContain('hunter2');
  });
});
