import { randomBytes } from 'node:crypto';
import { type Keyspace, type ResetReason, TOPICS } from '@hermes/contracts';
import type { Logger } from '@hermes/runtime';
import { ProblemError } from '@hermes/runtime';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Redis } from 'ioredis';
import { Connection, type ConnectionLimits, type EndReason } from './delivery/connection.ts';
import type { ConnectionRegistry } from './delivery/connection-registry.ts';
import { planResume, sendFromWindow, sendMissed } from './delivery/resume.ts';
import type { SharedSnapshot, SnapshotSource } from './delivery/snapshot.ts';
import type { Subscription } from './hub/subscription.ts';
import type { RedisSource } from './source/redis-source.ts';
import type { HeartbeatWheel } from './sse/heartbeat-wheel.ts';

/** What opening a stream needs of its gateway. */
export interface StreamContext {
  source: RedisSource;
  snapshots: SnapshotSource;
  connections: ConnectionRegistry;
  wheel: HeartbeatWheel;
  commands: Redis;
  keys: Keyspace;
  limits: ConnectionLimits;
  logger: Logger;
  isEnabled(): boolean;
  isDraining(): boolean;
}

/** Ids name their gateway, so that what concerns one connection can find it among many. */
const GATEWAY_ID = randomBytes(4).toString('hex');
let opened = 0;

/**
 * Opens a stream and leaves it open: `connected`, `reset` if continuity cannot be proven, a snapshot if one is due, what
 * was missed, live. All that can be refused is refused before the first byte.
 * @throws {ProblemError} SSE_DISABLED, SHUTTING_DOWN, SSE_CAPACITY, REDIS_UNAVAILABLE, DOWNLOAD_NOT_FOUND
 */
export async function openStream(
  context: StreamContext,
  request: FastifyRequest,
  reply: FastifyReply,
  subscription: Subscription,
  lastEventIdInQuery: string | undefined,
): Promise<void> {
  const { source, connections } = context;
  if (!context.isEnabled()) {
    throw new ProblemError('SSE_DISABLED', { detail: 'Poll the API instead, or set HERMES_ENABLE_SSE=true' });
  }
  if (context.isDraining()) throw new ProblemError('SHUTTING_DOWN', { retryAfterSeconds: 1 });
  connections.checkCapacity({ address: request.ip, credential: request.credential });
  if (!source.isLive) throw new ProblemError('REDIS_UNAVAILABLE', { retryAfterSeconds: 2 });

  // The header goes before the query: a client that reconnects by itself repeats its first URL.
  const lastEventId = (request.headers['last-event-id'] as string | undefined) ?? lastEventIdInQuery ?? null;
  opened += 1;
  const connection = new Connection({
    origin: {
      id: `${GATEWAY_ID}-${opened}`,
      address: request.ip,
      credential: request.credential,
      credentialHash: request.credentialHash,
    },
    subscription,
    limits: context.limits,
    hub: source.hub,
    response: reply.raw,
    onEnd: (ended, reason) => logEnd(context.logger, ended, reason),
  });
  // Joined before it is known what was missed: nothing can fall between.
  connections.add(connection);
  try {
    const plan = await planResume(lastEventId, source.hub, context.commands, context.keys);
    const recovers = plan.kind === 'window' || plan.kind === 'log';
    const snapshot = recovers ? null : await readSnapshotFor(context, subscription);
    if (connection.isEnded) return;

    reply.sse.keepAlive();
    reply.sse.sendHeaders();
    connection.send('connected', {
      connection_id: connection.origin.id,
      recovered: recovers,
      cursor: cursorText(recovers ? plan.cursor : (snapshot?.cursor ?? source.hub.position)),
      server_time: new Date().toISOString(),
      heartbeat_interval: context.limits.heartbeatMs / 1000,
      topics: [...subscription.topics],
    });
    if (recovers) {
      await sendMissed(connection, plan, source.hub, context.commands, context.keys);
    } else {
      if (plan.kind === 'reset') connection.send('reset', { reason: plan.reason });
      await sendSnapshot(context, connection, snapshot);
    }
    connection.goLive();
    context.wheel.add(connection, context.limits.heartbeatMs);
    void connection.closed.then(() => context.wheel.remove(connection));
  } catch (error) {
    connection.abandon();
    if (!reply.raw.headersSent) throw error;
    // The client has its cursor and comes back; there is no status left to answer with.
    context.logger.warn({ err: error, connection: connection.origin.id }, 'A stream broke off at its beginning');
    reply.raw.destroy();
  }
}

/** Begins an open stream anew, after the log could not be continued. */
export async function restartStream(
  context: StreamContext,
  connection: Connection,
  reason: ResetReason,
): Promise<void> {
  connection.suspend();
  try {
    const snapshot = await readSnapshotFor(context, connection.subscription);
    if (connection.isEnded) return;
    connection.send('reset', { reason });
    await sendSnapshot(context, connection, snapshot);
    connection.goLive();
  } catch (error) {
    context.logger.warn({ err: error, connection: connection.origin.id }, 'A stream could not begin anew');
    connection.end('overflow');
  }
}

/** Null for topics that have no downloads to show. */
async function readSnapshotFor(context: StreamContext, subscription: Subscription): Promise<SharedSnapshot | null> {
  if (subscription.download !== null) {
    const snapshot = await context.snapshots.readOne(subscription.download);
    if (snapshot === null) throw new ProblemError('DOWNLOAD_NOT_FOUND');
    return snapshot;
  }
  const shows = subscription.topics.some((topic) => topic === 'downloads' || topic === 'queue' || topic === 'stats');
  return shows ? context.snapshots.read() : null;
}

async function sendSnapshot(
  context: StreamContext,
  connection: Connection,
  snapshot: SharedSnapshot | null,
): Promise<void> {
  const { hub } = context.source;
  const from = snapshot?.cursor.seq ?? hub.position.seq;
  connection.skipTo(from);
  for (const page of snapshot?.pages ?? []) connection.sendBytes(page);
  // The snapshot may be a moment old, since it is shared.
  await sendFromWindow(connection, hub, from);
}

function cursorText(cursor: { epoch: string; seq: number }): string {
  return `${cursor.epoch}:${cursor.seq}`;
}

function logEnd(logger: Logger, connection: Connection, reason: EndReason): void {
  const { id, address, credential } = connection.origin;
  const who = { connection: id, address, key: credential?.name ?? null, reason, bytes: connection.bytes };
  if (reason === 'slow' || reason === 'overflow') {
    logger.warn({ ...who, queued: connection.queueDepth }, 'A stream was ended: its reader is too slow');
  } else {
    logger.debug(who, 'A stream was ended');
  }
}

/** All that a credential may read; at present every topic asks for the same permission. */
export const READABLE_TOPICS = TOPICS;
