import { access, readFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type CapturedRun, runCaptured, runToEnd } from '../fixtures/run-captured.ts';
import { makeTestHome } from '../fixtures/test-home.ts';

let home: string;
let remove: () => Promise<void>;
beforeEach(async () => {
  ({ home, remove } = await makeTestHome({ HERMES_PORT: '0' }));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await remove();
});

const lockExists = () =>
  access(join(home, 'hermes.lock')).then(
    () => true,
    () => false,
  );

function untilSaid(run: CapturedRun, text: string): Promise<void> {
  return vi.waitFor(() => expect(run.stdout).toContain(text), 60_000);
}

describe('hermes start', () => {
  it('says where it is, and stops when told', async () => {
    const run = runCaptured('start');
    await untilSaid(run, 'Ctrl-C stops it');
    const [, origin = ''] = /Hermes runs at {2}(\S+)/.exec(run.stdout) ?? [];
    const [, code = ''] = /Log in \(once\): {2}\S+\/login\?code=(\S+)/.exec(run.stdout) ?? [];
    const login = () =>
      fetch(`${origin}/api/v1/auth/login`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ code }),
      });
    expect([(await login()).status, (await login()).status]).toEqual([200, 401]);
    expect((await fetch(`${origin}/login`)).headers.get('content-type')).toMatch(/^text\/html/);
    expect(await lockExists()).toBe(true);
    process.emit('SIGHUP');
    expect(await run.exitCode).toBe(0);
    expect(run.stdout).toMatch(/Stopping …\nStopped\.\n$/);
    expect(await lockExists()).toBe(false);
    await expect(fetch(origin)).rejects.toThrow();
    const key = (await readFile(join(home, 'admin.key'), 'utf8')).trim();
    expect(run.stdout + run.stderr + (await readFile(join(home, 'hermes.log'), 'utf8'))).not.toContain(key);
  });

  it('names an address that works when it listens on every one', async () => {
    vi.stubEnv('HERMES_HOST', '0.0.0.0');
    const run = runCaptured('start');
    await untilSaid(run, 'Ctrl-C stops it');
    process.emit('SIGTERM');
    expect(await run.exitCode).toBe(0);
    expect(run.stdout).toMatch(/Hermes runs at {2}http:\/\/127\.0\.0\.1:\d+\n/);
    expect(run.stdout).toMatch(/Log in \(once\): {2}http:\/\/127\.0\.0\.1:/);
    expect(run.stdout).not.toContain('0.0.0.0');
  });

  it('stops also before it has started, and needs no log-in without authentication', async () => {
    vi.stubEnv('HERMES_AUTH', 'off');
    const early = runCaptured('start');
    await vi.waitFor(async () => expect(await lockExists()).toBe(true), { timeout: 30_000, interval: 1 });
    process.emit('SIGINT');
    expect(await early.exitCode).toBe(0);
    expect(early.stdout).not.toContain('Hermes runs at');
    expect(await lockExists()).toBe(false);

    const run = runCaptured('start');
    await untilSaid(run, 'HERMES_AUTH=off');
    process.emit('SIGINT');
    expect(await run.exitCode).toBe(0);
  });

  it('names a port that is taken, before anything is begun', async () => {
    const server = createServer();
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const { port } = server.address() as AddressInfo;
    vi.stubEnv('HERMES_PORT', String(port));
    const { exitCode, stderr } = await runToEnd('start');
    server.close();
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(
      new RegExp(`^127\\.0\\.0\\.1:${port} is taken by another program\\. .*HERMES_PORT=\\d+\\n$`),
    );
    await expect(access(join(home, 'redis'))).rejects.toThrow();
  });

  it.each([
    ['an address that is not ours', { HERMES_HOST: '192.0.2.254' }, /cannot be listened on \(EADDRNOTAVAIL\)/],
    ['a home that cannot be', { HERMES_HOME: '/proc/hermes' }, /HERMES_HOME: \/proc\/hermes cannot be written to/],
    ['a Redis that is not there', { HERMES_REDIS_URL: 'redis://:hunter2@127.0.0.1:1' }, /Redis at redis:\/\/\*\*\*@/],
  ])('names %s in one line', async (_, env, message) => {
    for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
    const { exitCode, stderr } = await runToEnd('start');
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(message);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(stderr).not.toContain('hunter2');
  });
});
