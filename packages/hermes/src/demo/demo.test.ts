import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { runCaptured, runToEnd } from '../fixtures/run-captured.ts';
import { makeTestHome } from '../fixtures/test-home.ts';
import type { SampleFile } from './sample-origin.ts';

let spoilt = '';
vi.mock(import('./sample-origin.ts'), async (load) => {
  const real = await load();
  return {
    ...real,
    startSampleOrigin: async (files: readonly SampleFile[]) => {
      const origin = await real.startSampleOrigin(files);
      return {
        ...origin,
        sha256Of: (file: SampleFile) => (file.name === spoilt ? 'of other bytes' : origin.sha256Of(file)),
      };
    },
  };
});

let remove: () => Promise<void>;
beforeEach(async () => {
  ({ remove } = await makeTestHome());
  vi.stubEnv('TMPDIR', process.env.HERMES_HOME);
});
afterEach(async () => {
  spoilt = '';
  vi.unstubAllEnvs();
  await remove();
});

const leftovers = async () => (await readdir(tmpdir())).filter((name) => name.startsWith('hermes-demo-'));

describe('hermes demo', () => {
  it('downloads, follows and compares', async () => {
    const { exitCode, stdout, stderr } = await runToEnd('demo');
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(stdout.match(/✓ \S+ {2}SHA-256 equals/g)).toHaveLength(4);
    expect(Number(/(\d+) events came/.exec(stdout)?.[1])).toBeGreaterThan(20);
    expect(await leftovers()).toEqual([]);
  });

  it('fails when a checksum does, and prints nothing but JSON if that is asked for', async () => {
    spoilt = 'sample-atlas.bin';
    const { exitCode, stdout } = await runToEnd('demo', '--json');
    expect(exitCode).toBe(1);
    const result = JSON.parse(stdout) as { ok: boolean; files: { file: string; checksum_matches: boolean }[] };
    expect(result.ok).toBe(false);
    expect(result.files.filter(({ checksum_matches }) => !checksum_matches).map(({ file }) => file)).toEqual([spoilt]);
  });

  it('cleans up when it is interrupted', async () => {
    const run = runCaptured('demo');
    await vi.waitFor(() => expect(run.stdout).toContain(' MB/s'), 30_000);
    expect(await leftovers()).toHaveLength(1);
    process.emit('SIGINT');
    expect(await run.exitCode).toBe(130);
    expect(run.stderr).toBe('Interrupted.\n');
    expect(await leftovers()).toEqual([]);
  });
});
