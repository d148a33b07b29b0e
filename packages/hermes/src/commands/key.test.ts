import { createLogger, loadConfig } from '@hermes/runtime';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { runToEnd } from '../fixtures/run-captured.ts';
import { makeTestHome } from '../fixtures/test-home.ts';
import { cacheDirOf } from '../run/home.ts';
import { type RunningHermes, runHermes } from '../run/run-hermes.ts';

let hermes: RunningHermes;
let remove: () => Promise<void>;

beforeAll(async () => {
  ({ remove } = await makeTestHome({ HERMES_PORT: '0' }));
  const config = loadConfig();
  const before = await runToEnd('key');
  expect(before).toMatchObject({
    exitCode: 1,
    stdout: '',
    stderr: expect.stringContaining('the first start of Hermes'),
  });
  hermes = await runHermes({
    config,
    logger: createLogger('test', 'silent'),
    webRoot: '/nowhere',
    cacheDir: cacheDirOf(config),
    onProgress: () => {},
    signal: new AbortController().signal,
  });
  vi.stubEnv('HERMES_PORT', new URL(hermes.origin).port);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await hermes?.stop();
  await remove?.();
});

describe('hermes key', () => {
  it('prints the admin key of the home', async () => {
    expect(await runToEnd('key')).toEqual({ exitCode: 0, stdout: `${hermes.adminKey}\n`, stderr: '' });
    expect(JSON.parse((await runToEnd('key', 'print', '--json')).stdout)).toEqual({ key: hermes.adminKey });
  });

  it('makes, lists and revokes', async () => {
    const { stdout } = await runToEnd(
      'key',
      'create',
      'cam\u001b[2Jera',
      '--permissions',
      'read',
      '--expires',
      '2h',
      '--json',
    );
    const made = JSON.parse(stdout) as { id: string; key: string; permissions: string[]; expires_at: string };
    expect(made.permissions).toEqual(['read']);
    const hoursLeft = (Date.parse(made.expires_at) - Date.now()) / 3_600_000;
    expect(hoursLeft).toBeGreaterThan(1.9);
    expect(hoursLeft).toBeLessThanOrEqual(2);

    const list = await runToEnd('key', 'list');
    expect(list.stdout).toContain(made.id);
    expect(list.stdout).not.toContain(made.key);
    expect(list.stdout).not.toContain('\u001b');
    const { items } = JSON.parse((await runToEnd('key', 'list', '--json')).stdout) as { items: { id: string }[] };
    expect(items.map(({ id }) => id)).toContain(made.id);

    const forbidden = await runToEnd('key', 'list', '--key', made.key);
    expect(forbidden).toMatchObject({ exitCode: 1, stdout: '', stderr: expect.stringContaining('FORBIDDEN') });
    expect(await runToEnd('key', 'revoke', made.id)).toMatchObject({ exitCode: 0, stdout: `Revoked ${made.id}.\n` });
    expect(await runToEnd('key', 'revoke', made.id, '--json')).toMatchObject({
      exitCode: 1,
      stdout: '',
      stderr: expect.stringContaining('API_KEY_NOT_FOUND'),
    });
    expect((await runToEnd('tail', '--key', made.key)).stderr).toContain('Give a key: --key');
  });

  it('says so once how a key is kept', async () => {
    const { stdout } = await runToEnd('key', 'create', 'laptop');
    expect(stdout).toMatch(/^hermes_\S+\nThis is shown once\. Id: \w+\n$/);
  });

  it('says where it has looked when nobody answers', async () => {
    const { exitCode, stderr } = await runToEnd('key', 'list', '--url', 'http://127.0.0.1:9/');
    expect(exitCode).toBe(1);
    expect(stderr).toContain('No Hermes answers at http://127.0.0.1:9 ');
  });
});
