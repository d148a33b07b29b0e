import { existsSync } from 'node:fs';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { CACHE_DIR } from '../../../tests/support/test-redis.ts';
import { type EmbeddedRedis, startEmbeddedRedis } from './embedded-redis.ts';
import { connectRedis } from './redis.ts';
import { findRedisServer, type RedisServerProgram } from './redis-server.ts';

let program: RedisServerProgram;
let dir: string;
const started: EmbeddedRedis[] = [];

async function start(where = dir): Promise<EmbeddedRedis> {
  const server = await startEmbeddedRedis(program, where);
  started.push(server);
  return server;
}

/** One exchange on a connection of its own. */
async function ask<Answer>(
  server: EmbeddedRedis,
  question: (redis: Awaited<ReturnType<typeof connectRedis>>) => Promise<Answer>,
): Promise<Answer> {
  const redis = await connectRedis(server.url, 'commands');
  try {
    return await question(redis);
  } finally {
    redis.disconnect();
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

beforeAll(async () => {
  program = await findRedisServer(CACHE_DIR, () => {});
});
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'hermes-embedded-'));
});
afterEach(async () => {
  for (const server of started.splice(0)) {
    if (isAlive(server.pid)) process.kill(server.pid, 'SIGCONT');
    await server.stop();
  }
  await rm(dir, { recursive: true, force: true });
});

describe('startEmbeddedRedis', () => {
  it('listens on its socket only, evicts nothing, and keeps its data over a stop', async () => {
    const first = await start();
    await ask(first, async (redis) => {
      expect(await redis.config('GET', 'port')).toEqual(['port', '0']);
      expect(await redis.config('GET', 'maxmemory-policy')).toContain('noeviction');
      await redis.set('a', '1');
    });
    await first.stop();
    expect(await first.ended).toMatchObject({ signal: null, code: 0 });
    expect(isAlive(first.pid)).toBe(false);
    const second = await start();
    expect(await ask(second, (redis) => redis.get('a'))).toBe('1');
  });

  it('keeps its data over a kill -9', async () => {
    const first = await start();
    await ask(first, async (redis) => {
      await redis.set('a', '1');
      // `everysec`: what has been synced survives even the machine; what was written, the process.
      await vi.waitFor(async () => expect(await redis.info('persistence')).toContain('aof_pending_bio_fsync:0'));
    });
    process.kill(first.pid, 'SIGKILL');
    expect(await first.ended).toEqual({ code: null, signal: 'SIGKILL' });
    const second = await start();
    expect(await ask(second, (redis) => redis.get('a'))).toBe('1');
  });

  it('ends what a killed Hermes has left behind, with its data', async () => {
    const leftover = await start();
    await ask(leftover, (redis) => redis.set('a', '1'));
    const next = await start();
    await leftover.ended;
    expect(next.pid).not.toBe(leftover.pid);
    expect(await ask(next, (redis) => redis.get('a'))).toBe('1');
  });

  it('does not start a second server on the data of one that hangs', async () => {
    const frozen = await start();
    process.kill(frozen.pid, 'SIGSTOP');
    await expect(start()).rejects.toThrow(/still holds .*redis\.sock and does not end/);
    expect(isAlive(frozen.pid)).toBe(true);
  });

  it('puts the socket elsewhere when the path is too long for one', async () => {
    const deep = join(dir, 'x'.repeat(120));
    const server = await start(deep);
    expect(server.url.length).toBeLessThan(110);
    await ask(server, (redis) => redis.set('a', '1'));
    expect(existsSync(join(deep, 'appendonlydir')) || existsSync(join(deep, 'appendonly.aof'))).toBe(true);
    const far = server.url.slice('unix://'.length, -'/redis.sock'.length);
    await server.stop();
    await chmod(far, 0o755);
    await expect(start(deep)).rejects.toThrow(/is not a directory of ours alone/);
    await rm(far, { recursive: true });
  });

  it('says what the server said when it ends at its start', async () => {
    const broken = join(dir, 'broken');
    await writeFile(broken, '#!/bin/sh\necho "Bad directive" >&2\nexit 3\n');
    await chmod(broken, 0o755);
    await expect(startEmbeddedRedis({ path: broken, env: {} }, dir)).rejects.toThrow(
      /at its start \(3\):\nBad directive/,
    );
    await expect(startEmbeddedRedis({ path: join(dir, 'none'), env: {} }, dir)).rejects.toThrow(/ENOENT/);
  });

  it('can be called off while the server is not yet up', async () => {
    const slow = join(dir, 'slow');
    await writeFile(slow, '#!/bin/sh\nexec sleep 60\n');
    await chmod(slow, 0o755);
    const signal = AbortSignal.timeout(50);
    await expect(startEmbeddedRedis({ path: slow, env: {} }, dir, signal)).rejects.toMatchObject({
      name: 'AbortError',
    });
  });

  it('can be stopped twice', async () => {
    const server = await start();
    await Promise.all([server.stop(), server.stop()]);
    await server.stop();
    expect(isAlive(server.pid)).toBe(false);
  });
});
