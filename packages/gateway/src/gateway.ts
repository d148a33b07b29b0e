import fastifyCors from '@fastify/cors';
import { fastifySSE } from '@fastify/sse';
import { EVENTS_BASE, keyspace } from '@hermes/contracts';
import { answerProblems, type Config, connectRedis, guard, type Logger } from '@hermes/runtime';
import type { FastifyPluginAsync } from 'fastify';
import { findMirroredCredential } from './auth/credential-mirror.ts';
import { Revocations } from './auth/revocations.ts';
import { jittered } from './delivery/connection.ts';
import { ConnectionRegistry } from './delivery/connection-registry.ts';
import { SnapshotSource } from './delivery/snapshot.ts';
import { restartStream, type StreamContext } from './open-stream.ts';
import { healthRoute } from './routes/health-route.ts';
import { streamRoutes } from './routes/stream-routes.ts';
import { testRoute } from './routes/test-route.ts';
import { RedisSource } from './source/redis-source.ts';
import { HeartbeatWheel } from './sse/heartbeat-wheel.ts';

export interface GatewayOptions {
  config: Config;
  redisUrl: string;
  logger: Logger;
  /** Whether streams are served: `HERMES_ENABLE_SSE`, or what the composing process decides. */
  sseEnabled: boolean;
  /** Over how many seconds the streams are closed when the gateway stops; default `HERMES_DRAIN_SECONDS`. */
  drainSeconds?: number;
}

export interface Gateway {
  /** All routes of `/api/v1/events`, in a scope of their own. */
  plugin: FastifyPluginAsync;
  /** Streams that are open now. */
  readonly activeConnections: number;
  /**
   * Opens no more streams and closes those that are open, spread over the drain window. To be awaited before the server
   * is closed: a server waits for its responses.
   */
  drain(): Promise<void>;
  /** Ends what is left, and the connections to Redis. */
  close(): Promise<void>;
}

/**
 * The events service, without a server of its own.
 * @throws if Redis cannot be reached.
 */
export async function createGateway(options: GatewayOptions): Promise<Gateway> {
  const { config, logger } = options;
  const keys = keyspace(config.HERMES_REDIS_PREFIX);
  const [commands, subscriber, control] = await Promise.all([
    connectRedis(options.redisUrl, 'commands'),
    connectRedis(options.redisUrl, 'patient'),
    connectRedis(options.redisUrl, 'patient'),
  ]);
  const connections = new ConnectionRegistry({
    total: config.HERMES_SSE_MAX_CONNECTIONS,
    perKey: config.HERMES_SSE_MAX_CONNECTIONS_PER_KEY,
    perAddress: config.HERMES_SSE_MAX_CONNECTIONS_PER_ADDRESS,
  });
  const source = new RedisSource({
    subscriber,
    commands,
    keys,
    logger,
    connections: () => connections.all(),
    onReset: (reason) => {
      for (const connection of connections.all()) void restartStream(context, connection, reason);
    },
  });
  const revocations = new Revocations(control, commands, keys, connections);
  const wheel = new HeartbeatWheel();
  let isDraining = false;
  const context: StreamContext = {
    source,
    snapshots: new SnapshotSource(commands, keys, source.hub),
    connections,
    wheel,
    commands,
    keys,
    logger,
    limits: {
      heartbeatMs: config.HERMES_SSE_HEARTBEAT_INTERVAL * 1000,
      maxBuffer: config.HERMES_SSE_MAX_BUFFER,
      slowTimeoutMs: config.HERMES_SSE_SLOW_TIMEOUT * 1000,
      maxAgeMs: config.HERMES_SSE_MAX_AGE * 1000,
    },
    isEnabled: () => options.sseEnabled,
    isDraining: () => isDraining,
  };
  await source.start();
  await revocations.start();

  const drain = async () => {
    isDraining = true;
    const open = connections.all();
    const windowMs = (options.drainSeconds ?? config.HERMES_DRAIN_SECONDS) * 1000;
    await Promise.all(
      open.map(async (connection, index) => {
        const timer = setTimeout(() => connection.end('shutdown', jittered(1000)), (windowMs * index) / open.length);
        await connection.closed;
        clearTimeout(timer);
      }),
    );
  };

  const registerEvents: FastifyPluginAsync = async (app) => {
    answerProblems(app);
    // Before the guard: a preflight carries no credential, and a refusal must be readable by the page it is for.
    await app.register(fastifyCors, {
      origin: [...config.HERMES_ALLOWED_ORIGINS],
      credentials: config.HERMES_ALLOW_CREDENTIALS,
      allowedHeaders: ['Authorization', 'X-API-Key', 'Last-Event-ID'],
      exposedHeaders: ['Retry-After'],
    });
    guard(app, {
      authentication: config.HERMES_AUTH,
      allowedOrigins: config.HERMES_ALLOWED_ORIGINS,
      host: config.HERMES_HOST,
      findCredential: (sha256) => findMirroredCredential(commands, keys, sha256),
    });
    // Heartbeats are ours: they carry the position, and one wheel serves all connections.
    await app.register(fastifySSE, { heartbeatInterval: 0 });
    app.addHook('onRequest', async (_request, reply) => {
      reply.header('cache-control', 'no-cache, no-transform');
      reply.header('x-accel-buffering', 'no');
    });
    streamRoutes(app, context);
    testRoute(app);
    healthRoute(app, () => ({
      enabled: options.sseEnabled,
      active_connections: connections.size,
      max_connections: config.HERMES_SSE_MAX_CONNECTIONS,
      heartbeat_interval: config.HERMES_SSE_HEARTBEAT_INTERVAL,
    }));
  };

  return {
    plugin: async (app) => {
      await app.register(registerEvents, { prefix: EVENTS_BASE });
    },
    get activeConnections() {
      return connections.size;
    },
    drain,
    close: async () => {
      isDraining = true;
      for (const connection of connections.all()) connection.end('shutdown');
      source.close();
      revocations.close();
      wheel.close();
      for (const redis of [commands, subscriber, control]) redis.disconnect();
    },
  };
}
