import { randomBytes } from 'node:crypto';
import { keyspace } from '@hermes/contracts';
import { type Config, connectRedis, type Logger, type Metrics } from '@hermes/runtime';
import type { FastifyPluginAsync } from 'fastify';
import type { Redis } from 'ioredis';
import { Expiries } from './auth/expiries.ts';
import { Revocations } from './auth/revocations.ts';
import { ConnectionsSurvey } from './control/connections-survey.ts';
import { ControlChannel } from './control/control-channel.ts';
import { StreamSwitch } from './control/stream-switch.ts';
import { bringUpAnew } from './delivery/bring-up.ts';
import { Connection } from './delivery/connection.ts';
import { ConnectionRegistry } from './delivery/connection-registry.ts';
import { drainStreams } from './delivery/drain-streams.ts';
import { SnapshotSource } from './delivery/snapshot.ts';
import { jittered } from './delivery/stream-limits.ts';
import { Hub } from './hub/hub.ts';
import { DEFAULT_WINDOW } from './hub/recent-window.ts';
import { GatewayMetrics } from './metrics.ts';
import type { StreamContext } from './open-stream.ts';
import { eventsPlugin } from './plugin.ts';
import { RedisSource } from './source/redis-source.ts';
import { CompressionBudget } from './sse/compression-budget.ts';
import { HeartbeatWheel } from './sse/heartbeat-wheel.ts';

/** Around this the clients of streams that were switched off are spread: they come back, are refused, and poll. */
const DISABLED_RETRY_MS = 2000;

export interface GatewayOptions {
  config: Config;
  redisUrl: string;
  logger: Logger;
  /**
   * Whether streams are served: `HERMES_ENABLE_SSE`, or what the composing process decides; a run-time switch goes
   * before it.
   */
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
  const expiries = new Expiries();
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
        // The log has another life: what was switched in Redis may be gone with the former.
        streamSwitch.readAgain();
        for (const stream of connections.all()) {
          if (stream instanceof Connection) void bringUpAnew(context, stream, reason);
        }
      },
    });
    const gatewayId = randomBytes(4).toString('hex');
    const control = new ControlChannel(await connect('patient'), keys, gatewayId);
    const revocations = new Revocations(control, commands, keys, connections);
    const streamSwitch = new StreamSwitch({
      control,
      commands,
      keys,
      logger,
      environment: options.sseEnabled,
      onOff: () => {
        for (const stream of connections.all()) stream.end('disabled', jittered(DISABLED_RETRY_MS));
      },
    });
    const streams = () => connections.all();
    const survey = new ConnectionsSurvey({ control, commands, keys, logger, gatewayId, streams });
    let isDraining = false;
    const context: StreamContext = {
      gatewayId,
      expiries,
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
      isEnabled: () => streamSwitch.isOn,
      isDraining: () => isDraining,
    };
    await source.start();
    await control.start();
    await streamSwitch.read();
    const gateway: Gateway = {
      plugin: eventsPlugin(config, context, survey),
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
        control.close();
        streamSwitch.close();
        revocations.close();
        expiries.close();
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
