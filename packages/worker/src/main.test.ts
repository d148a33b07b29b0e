import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
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

  it('takes jobs until it is told to stop', async () => {
    const redis = await TestRedis.start();
    const worker = start({ HERMES_REDIS_URL: redis.url });
    try {
      if (worker.stdout === null) throw new Error('no output');
      const [line] = (await once(worker.stdout, 'data')) as [Buffer];
      expect(line.toString()).toContain('Worker is ready');
      const ended = end(worker);
      worker.kill('SIGTERM');
      expect(await ended).toEqual({ code: 0, errors: '' });
    } finally {
      worker.kill('SIGKILL');
      await redis.close();
    }
  });
});
