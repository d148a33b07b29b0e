import { setTimeout as delay } from 'node:timers/promises';
import { type Cursor, formatCursor } from '@hermes/contracts';
import { type Logger, ProblemError } from '@hermes/runtime';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Expiries } from './auth/expiries.ts';
import type { Revocations } from './auth/revocations.ts';
import { withinScope } from './auth/token-scopes.ts';
import { type BringUpContext, bringUp, readFittingSnapshot } from './delivery/bring-up.ts';
import { Connection } from './delivery/connection.ts';
import type { ConnectionRegistry } from './delivery/connection-registry.ts';
import type { EndReason, HeldStream, StreamOrigin } from './delivery/held-stream.ts';
import { planResume, type ResumePlan } from './delivery/resume.ts';
import type { SharedSnapshot } from './delivery/snapshot.ts';
import type { StreamLimits } from './delivery/stream-limits.ts';
import type { Subscription } from './hub/subscription.ts';
import type { CompressionBudget } from './sse/compression-budget.ts';
import type { HeartbeatWheel } from './sse/heartbeat-wheel.ts';
import { releaseHead } from './sse/release-head.ts';

/** What opening a stream needs of its gateway. */
export interface StreamContext extends BringUpContext {
  /** Names this gateway among others. */
  gatewayId: string;
  connections: ConnectionRegistry;
  expiries: Expiries;
  revocations: Revocations;
  wheel: HeartbeatWheel;
  limits: StreamLimits;
  compression: CompressionBudget;
  /** Whether the log is being followed. */
  isLive(): boolean;
  isEnabled(): boolean;
  isDraining(): boolean;
}

/** What a stream begins with, decided before its first byte. */
interface Opening {
  turn: number;
  plan: ResumePlan;
  /** Null if the client goes on from its cursor. */
  snapshot: SharedSnapshot | null;
}

/** TCP finds out that a client is gone without a word, even while there is nothing to send. */
const KEEP_ALIVE_MS = 30_000;
/** A client that polls meanwhile reads its list every 2 s: next to that, being refused now and then costs nothing. */
const DISABLED_RETRY_SECONDS = 10;
const LOOK_AGAIN_MS = 100;
const LOOK_AGAIN_TIMES = 60;

let opened = 0;

/**
 * Opens a stream and leaves it open: `connected`, `reset` if continuity cannot be proven, a snapshot if one is due, what
 * was missed, live. All that can be refused is refused before the first byte.
 * @throws {ProblemError} FORBIDDEN, SSE_DISABLED, SHUTTING_DOWN, SSE_CAPACITY, REDIS_UNAVAILABLE, DOWNLOAD_NOT_FOUND
 */
export async function openStream(
  context: StreamContext,
  request: FastifyRequest,
  reply: FastifyReply,
  wanted: Subscription,
  lastEventIdInQuery: string | undefined,
): Promise<void> {
  const subscription = withinScope(request.credential, wanted);
  const origin = admit(context, request);
  if (!context.isLive()) throw new ProblemError('REDIS_UNAVAILABLE');
  if (answersHead(request, reply) || reply.raw.destroyed) return;

  // The header goes before the query: a client that reconnects by itself repeats its first URL.
  const lastEventId = lastEventIdOf(request) || lastEventIdInQuery || null;
  const connection = new Connection({
    origin,
    subscription,
    limits: context.limits,
    hub: context.hub,
    response: reply.raw,
    onEnd: (ended, reason) => logEnd(context.logger, ended, reason),
  });
  // Counted from here on, before anything is waited for: a limit that is looked at earlier than it is used up is none.
  hold(context, connection);
  let opening: Opening | null;
  try {
    opening = await prepare(context, connection, lastEventId);
  } catch (error) {
    connection.abandon();
    throw error;
  }
  if (opening === null) {
    refuseEnded(connection.endReason);
    return;
  }
  context.compression.apply(request, reply, connection);
  sendHead(request, reply);
  releaseHead(request.raw);
  const { turn, plan, snapshot } = opening;
  connection.greet({
    connection_id: origin.id,
    recovered: plan.kind === 'resume',
    cursor: formatCursor(cursorOf(opening, context.hub.position)),
    server_time: new Date().toISOString(),
    heartbeat_interval: context.limits.heartbeatMs / 1000,
    topics: [...subscription.topics],
  });
  context.metrics.watch(connection);
  if (lastEventId !== null) context.metrics.resumed(plan);
  // From its first byte on, so that a client which takes nothing of what it missed is found out as well.
  context.wheel.add(connection, 0);
  void connection.closed.then(() => context.wheel.remove(connection));
  await bringUp(context, connection, turn, plan, snapshot);
  // Without a snapshot there may be nothing for long that gives the client a place to come back to.
  if (snapshot?.pages.length === 0 && connection.isCurrent(turn)) connection.sendPosition();
}

/**
 * Whoever may open a stream, or anything else that stays open, now.
 * @throws {ProblemError} SSE_DISABLED, SHUTTING_DOWN, SSE_CAPACITY, INVALID_CREDENTIAL
 */
export function admit(context: StreamContext, request: FastifyRequest): StreamOrigin {
  if (!context.isEnabled()) {
    throw new ProblemError('SSE_DISABLED', {
      detail: 'Poll the API instead; an admin can switch streams on',
      retryAfterSeconds: DISABLED_RETRY_SECONDS,
    });
  }
  if (context.isDraining()) throw new ProblemError('SHUTTING_DOWN');
  const { ip: address, credential } = request;
  const credentialHash = credential?.kind === 'token' ? credential.parent : request.credentialHash;
  context.connections.checkCapacity({ address, credential });
  // The mirror was asked a moment ago; the news of a revocation may have overtaken its answer.
  if (context.revocations.isRevoked({ credential, credentialHash })) throw new ProblemError('INVALID_CREDENTIAL');
  opened += 1;
  return {
    id: `${context.gatewayId}-${opened}`,
    openedAt: performance.now(),
    address,
    credential,
    credentialHash,
  };
}

/** Counts a stream, and sees to it that it ends with its credential. */
export function hold(context: StreamContext, stream: HeldStream): void {
  context.connections.add(stream);
  context.expiries.watch(stream);
}

/** HEAD asks what GET would be answered with, and takes no stream. */
export function answersHead(request: FastifyRequest, reply: FastifyReply): boolean {
  if (request.method !== 'HEAD') return false;
  void reply.type('text/event-stream').send();
  return true;
}

export function sendHead(request: FastifyRequest, reply: FastifyReply): void {
  // Nothing but the end of the connection tells a client of HTTP/1.0 that the response has ended.
  if (request.raw.httpVersion === '1.0') reply.header('connection', 'close');
  request.raw.socket.setKeepAlive(true, KEEP_ALIVE_MS);
  reply.sse.keepAlive();
  reply.sse.sendHeaders();
}

/** Null if the connection has ended meanwhile. */
async function prepare(
  context: StreamContext,
  connection: Connection,
  lastEventId: string | null,
): Promise<Opening | null> {
  for (let times = 0; times < LOOK_AGAIN_TIMES && !connection.isEnded; times++) {
    const turn = connection.begin();
    const plan = await planResume(lastEventId, context.hub, context.commands, context.keys);
    const snapshot = plan.kind === 'resume' ? null : await readFittingSnapshot(context, connection);
    const isFound = connection.subscription.download === null || snapshot === null || snapshot.downloads > 0;
    if (!isFound) throw new ProblemError('DOWNLOAD_NOT_FOUND');
    // Not current: the log was reset meanwhile, and what was decided may be of its former life.
    if (connection.isCurrent(turn) && (plan.kind === 'resume' || snapshot !== null)) return { turn, plan, snapshot };
    if (!connection.isEnded) await delay(LOOK_AGAIN_MS);
  }
  if (connection.isEnded) return null;
  throw new ProblemError('REDIS_UNAVAILABLE');
}

/** Answers a stream that was ended before it began; the client may also have gone by itself. */
function refuseEnded(reason: EndReason | null): void {
  if (reason === 'revoked') throw new ProblemError('INVALID_CREDENTIAL');
  if (reason === 'expired') throw new ProblemError('CREDENTIAL_EXPIRED');
  if (reason === 'disabled') {
    throw new ProblemError('SSE_DISABLED', { retryAfterSeconds: DISABLED_RETRY_SECONDS });
  }
  if (reason !== null) throw new ProblemError('SHUTTING_DOWN');
}

function cursorOf({ plan, snapshot }: Opening, position: Cursor): Cursor {
  return plan.kind === 'resume' ? plan.cursor : (snapshot?.cursor ?? position);
}

function lastEventIdOf(request: FastifyRequest): string | undefined {
  const header = request.headers['last-event-id'];
  return Array.isArray(header) ? header.join() : header;
}

function logEnd(logger: Logger, connection: Connection, reason: EndReason): void {
  const { id, address, credential } = connection.origin;
  const who = { connection: id, address, key_name: credential?.name ?? null, reason, bytes: connection.bytes };
  if (reason === 'slow' || reason === 'overflow') {
    logger.warn({ ...who, queued: connection.queueDepth }, 'A stream was ended: its reader is too slow');
  } else {
    logger.debug(who, 'A stream was ended');
  }
}
