import { resolve } from 'node:path';
import { freePort } from '../../support/service-process.ts';
import { TestRedis } from '../../support/test-redis.ts';
import { type Cores, moveToCore } from '../process/cores.ts';
import { ServerUnderTest } from '../process/server-under-test.ts';
import type { Target } from './target.ts';

const FILES = { 'better-sse': 'better-sse-process.ts', 'per-client': 'subscriber-per-client-process.ts' };

/** A peer in Node, fed over a Redis channel. */
export async function startNodePeer(name: keyof typeof FILES, cores: Cores): Promise<Target> {
  const redis = await TestRedis.start();
  moveToCore(redis.pid, cores.redis);
  const port = await freePort();
  const command = [process.execPath, resolve(import.meta.dirname, FILES[name]), redis.url, String(port)];
  const start = () => ServerUnderTest.start(command, cores.server, {}, port);
  let server = await start().catch(async (error) => {
    await redis.close();
    throw error;
  });
  const stream = { port, path: '/', headers: {}, liveMark: null };
  return {
    name,
    get pid() {
      return server.pid;
    },
    redisPid: redis.pid,
    source: { kind: 'channel', redisUrl: redis.url },
    stream,
    downloadStream: () => stream,
    restart: async (whileAway) => {
      await server.stop('SIGKILL');
      await whileAway();
      server = await start();
    },
    stop: async () => {
      await server.stop('SIGKILL');
      await redis.close();
    },
  };
}
