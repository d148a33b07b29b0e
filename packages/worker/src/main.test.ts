import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TestRedis } from '../../../tests/support/test-redis.ts';

describe('the worker as a process', () => {
  let home: string;
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'hermes-main-'));
  });
  afterEach(() => rm(home, { recursive: true, force: true }));

  function start(environment: Record<string, string>): ChildProcess {
    const main = join(import.meta.dirname, 'main.ts');
    return spawn(process.execPath, [main], {
      env: { HERMES_HOME: home, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  }

  async function end(worker: ChildProcess): Promise<{ code: number | null; errors: string }> {
    const [[code], errors] = await Promise.all([
      once(worker, 'exit'),
      worker.stderr === null ? '' : text(worker.stderr),
    ]);
    return { code: code as number | null, errors };
  }

  it.each([
    ['HERMES_CONCURRENCY="many"', { HERMES_CONCURRENCY: 'many' }],
    ['HERMES_REDIS_URL=""', {}],
  ])('refuses %s in one line', async (named, environment) => {
    const { code, errors } = await end(start(environment));
    expect(code).toBe(2);
    expect(errors.trim().split('\n')).toEqual([expect.stringContaining(named)]);
  });

  it('stops at once while it waits for a Redis that does not answer', async () => {
    // It takes connections and never says a word.
    const silent = createServer();
    await once(silent.listen(0, '127.0.0.1'), 'listening');
    const worker = start({ HERMES_REDIS_URL: `redis://127.0.0.1:${(silent.address() as AddressInfo).port}` });
    try {
      await once(silent, 'connection');
      const ended = end(worker);
      const toldAt = performance.now();
      worker.kill('SIGTERM');
      expect(await ended).toEqual({ code: 0, errors: '' });
      // It would wait for ten seconds.
      expect(performance.now() - toldAt).toBeLessThan(5000);
    } finally {
      worker.kill('SIGKILL');
      silent.close();
    }
  });

  it('takes jobs until it is told to stop', async () => {
    const redis = await TestRedis.start();
    const worker = start({ HERMES_REDIS_URL: redis.url });
    try {
      if (worker.stdout === null) throw new Error('no output');
      let output = '';
      for await (const chunk of worker.stdout.iterator({ destroyOnReturn: false })) {
        output += String(chunk);
        if (output.includes('Worker is ready')) break;
      }
      expect(output).toContain('Worker is ready');
      const ended = end(worker);
      worker.kill('SIGTERM');
      expect(await ended).toEqual({ code: 0, errors: '' });
    } finally {
      worker.kill('SIGKILL');
      await redis.close();
    }
  });
});
