import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Credential } from '@hermes/contracts';
import { hashSecret } from '@hermes/runtime';
import { parse } from 'yaml';
import { freePort } from '../../support/service-process.ts';
import { TestRedis } from '../../support/test-redis.ts';
import { type Cores, moveToCore } from '../process/cores.ts';
import { ServerUnderTest } from '../process/server-under-test.ts';
import type { Target, TargetOptions } from './target.ts';

const ROOT = resolve(import.meta.dirname, '../../..');
const MAIN = resolve(ROOT, 'packages/gateway/src/main.ts');
const KEY = 'hermes_bench-key';

/** The gateway as a process of its own, everything on; only the limits of connections are raised. */
export async function startHermes(cores: Cores, { env = {}, nodeOptions = [] }: TargetOptions = {}): Promise<Target> {
  const redis = await TestRedis.start();
  moveToCore(redis.pid, cores.redis);
  const commands = await redis.connect('commands');
  const credential: Credential = {
    kind: 'api_key',
    key_id: 'bench',
    name: 'bench',
    permissions: ['read'],
    expires_at: null,
  };
  await commands.hset(redis.keys.credentials, hashSecret(KEY), JSON.stringify(credential));
  const port = await freePort();
  const deployed = await deployedNodeOptions();
  const start = () =>
    ServerUnderTest.start(
      [process.execPath, ...nodeOptions, MAIN],
      cores.server,
      {
        HERMES_REDIS_URL: redis.url,
        HERMES_HOME: redis.dir,
        HERMES_ENABLE_SSE: 'true',
        EVENTS_PORT: String(port),
        HERMES_SSE_MAX_CONNECTIONS: '20000',
        HERMES_SSE_MAX_CONNECTIONS_PER_KEY: '20000',
        HERMES_SSE_MAX_CONNECTIONS_PER_ADDRESS: '20000',
        HERMES_DRAIN_SECONDS: '0',
        NODE_OPTIONS: deployed,
        ...env,
      },
      port,
    );
  let server = await start().catch(async (error) => {
    await redis.close();
    throw error;
  });
  const headers = { authorization: `Bearer ${KEY}` };
  return {
    name: 'hermes',
    get pid() {
      return server.pid;
    },
    redisPid: redis.pid,
    source: { kind: 'log', redisUrl: redis.url },
    stream: { port, path: '/api/v1/events/stream', headers, liveMark: 'event: snapshot' },
    downloadStream: (id) => ({
      port,
      path: `/api/v1/events/downloads/${id}`,
      headers,
      liveMark: 'event: snapshot',
    }),
    restart: async (whileAway) => {
      await server.stop('SIGKILL');
      await whileAway();
      server = await start();
    },
    stop: async () => {
      await server.stop('SIGTERM');
      await redis.close();
    },
  };
}

/** Those with which Compose runs the events service: what is measured is what is deployed. */
async function deployedNodeOptions(): Promise<string> {
  const { services } = parse(await readFile(resolve(ROOT, 'docker-compose.yml'), 'utf8'));
  return services.events.environment.NODE_OPTIONS;
}
