import { keyspace } from '@hermes/contracts';
import { type Config, connectRedis, type Logger, type Metrics } from '@hermes/runtime';
import type { FastifyPluginAsync } from 'fastify';
import type { Redis } from 'ioredis';
import { findMirroredCredential } from './auth/credential-mirror.ts';
import { Revocations } from './auth/revocations.ts';
import { bringUpAnew } from './delivery/bring-up.ts';
import { Connection } from './delivery/connection.ts';
import { ConnectionRegistry } from './delivery/connection-registry.ts';
import { drainStreams } from './delivery/drain-streams.ts';
import { SnapshotSource } from './delivery/snapshot.ts';
import { Hub } from './hub/hub.ts';
import { DEFAULT_WINDOW } from './hub/recent-window.ts';
import { GatewayMetrics } from './metrics.ts';
import type { StreamContext } from './open-stream.ts';
import { eventsPlugin } from './plugin.ts';
import { RedisSource } from './source/redis-source.ts';
import { CompressionBudget } from './sse/compression-budget.ts';
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
  /** What to serve at `/metrics`. */
  readonly metrics: Metrics;
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
 * @param window how much of the past is kept in memory.
 * @throws if Redis cannot be reached.
 */
export async function createGateway(options: GatewayOptions, window = DEFAULT_WINDOW): Promise<Gateway> {
  return (await createObservedGateway(options, window)).gateway;
}

/** The same, and what a test looks at to see that nothing is left behind. */
export async function createObservedGateway(
  options: GatewayOptions,
  window = DEFAULT_WINDOW,
): Promise<{ gateway: Gateway; context: StreamContext }> {
  const { config, logger } = options;
  const keys = keyspace(config.HERMES_REDIS_PREFIX);
  const redises: Redis[] = [];
  const connect = async (role: 'commands' | 'patient') => {
    const redis = await connectRedis(options.redisUrl, role);
    redises.push(redis);
    return redis;
  };
  const connections = new ConnectionRegistry({
    total: config.HERMES_SSE_MAX_CONNECTIONS,
    perKey: config.HERMES_SSE_MAX_CONNECTIONS_PER_KEY,
    perAddress: config.HERMES_SSE_MAX_CONNECTIONS_PER_ADDRESS,
  });
  const wheel = new HeartbeatWheel();
  try {
    const commands = await connect('commands');
    const subscriber = await connect('patient');
    const metrics = new GatewayMetrics({
      streams: () => connections.size,
      isEnabled: () => context.isEnabled(),
      isDraining: () => isDraining,
      isLive: () => source.isLive,
      following: () => source.following,
    });
    const hub = new Hub({ epoch: '', seq: 0 }, window, metrics.dispatchClock);
    const source = new RedisSource({
      hub,
      subscriber,
      commands,
      keys,
      logger,
      streams: () => connections.all(),
      onReset: (reason) => {
        for (const stream of connections.all()) {
          if (stream instanceof Connection) void bringUpAnew(context, stream, reason);
        }
      },
    });
    const revocations = new Revocations(await connect('patient'), commands, keys, connections);
    let isDraining = false;
    const context: StreamContext = {
      hub,
      snapshots: new SnapshotSource(commands, keys, hub),
      connections,
      revocations,
      wheel,
      commands,
      keys,
      logger,
      metrics,
      limits: {
        heartbeatMs: config.HERMES_SSE_HEARTBEAT_INTERVAL * 1000,
        maxBuffer: config.HERMES_SSE_MAX_BUFFER,
        slowTimeoutMs: config.HERMES_SSE_SLOW_TIMEOUT * 1000,
        maxAgeMs: config.HERMES_SSE_MAX_AGE * 1000,
      },
      compression: new CompressionBudget(config.HERMES_SSE_COMPRESS_MAX_CONNECTIONS),
      isLive: () => source.isLive,
      isEnabled: () => options.sseEnabled,
      isDraining: () => isDraining,
    };
    await source.start();
    await revocations.start();
    const gateway: Gateway = {
      plugin: eventsPlugin(config, context, (sha256) => findMirroredCredential(commands, keys, sha256)),
      metrics: metrics.metrics,
      get activeConnections() {
        return connections.size;
      },
      drain: async () => {
        isDraining = true;
        await drainStreams(connections.all(), (options.drainSeconds ?? config.HERMES_DRAIN_SECONDS) * 1000);
      },
      close: async () => {
        isDraining = true;
        for (const stream of connections.all()) stream.end('shutdown');
        source.close();
        revocations.close();
        wheel.close();
        for (const redis of redises) redis.disconnect();
      },
    };
    return { gateway, context };
  } catch (error) {
    wheel.close();
    for (const redis of redises) redis.disconnect();
    throw error;
  }
}
