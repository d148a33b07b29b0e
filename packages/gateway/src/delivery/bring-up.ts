import { setTimeout as delay } from 'node:timers/promises';
import type { Cursor, Keyspace, ResetReason } from '@hermes/contracts';
import { type LogPage, readAfter, readPosition } from '@hermes/event-log';
import { isRedisAway, type Logger } from '@hermes/runtime';
import type { Redis } from 'ioredis';
import { Frame } from '../hub/frame.ts';
import type { Hub } from '../hub/hub.ts';
import { matches } from '../hub/subscription.ts';
import type { GatewayMetrics } from '../metrics.ts';
import type { Connection } from './connection.ts';
import { discontinuity, type ResumePlan } from './resume.ts';
import type { SharedSnapshot, SnapshotSource } from './snapshot.ts';

export interface BringUpContext {
  hub: Hub;
  snapshots: SnapshotSource;
  commands: Redis;
  keys: Keyspace;
  logger: Logger;
  metrics: GatewayMetrics;
}

const RETRY_MS = 250;
/** Frames looked at in one go: what a slow client does not take in time, newer states can still replace. */
const SLICE = 500;

/** From a beginning that was decided on to live. */
export function bringUp(
  context: BringUpContext,
  connection: Connection,
  turn: number,
  plan: ResumePlan,
  snapshot: SharedSnapshot | null,
): Promise<void> {
  return untilLive(context, connection, turn, async () => {
    if (plan.kind === 'resume') return catchUp(context, connection, turn, plan.cursor, plan.firstPage);
    if (plan.kind === 'reset') sendReset(context, connection, plan.reason);
    return snapshot === null ? null : sendSnapshot(context, connection, turn, snapshot);
  });
}

/** Begins an open stream anew, after the log could not be continued. */
export async function bringUpAnew(context: BringUpContext, connection: Connection, reason: ResetReason): Promise<void> {
  const turn = connection.begin();
  // Whoever is opening it sees that it has to look again.
  if (connection.isGreeted) await untilLive(context, connection, turn, async () => reason);
}

/**
 * A snapshot that live events can follow: of the same life of the log as the hub, and not from before what can be read
 * back. Null if it does not fit yet: the hub is about to learn what Redis knows already.
 */
export async function readFittingSnapshot(
  { hub, snapshots }: BringUpContext,
  connection: Connection,
): Promise<SharedSnapshot | null> {
  const snapshot = await snapshots.readFor(connection.subscription);
  return snapshot.cursor.epoch === hub.position.epoch && snapshot.cursor.seq >= hub.window.start ? snapshot : null;
}

/** @param first says why continuity broke, if it did: then the stream begins anew, until it is live. */
async function untilLive(
  context: BringUpContext,
  connection: Connection,
  turn: number,
  first: () => Promise<ResetReason | null>,
): Promise<void> {
  try {
    let broken = await first();
    while (broken !== null && connection.isCurrent(turn)) {
      const snapshot = await patiently(context, connection, turn, () => readFittingSnapshot(context, connection));
      if (snapshot === null) return;
      sendReset(context, connection, broken);
      broken = await sendSnapshot(context, connection, turn, snapshot);
    }
  } catch (error) {
    context.logger.error({ err: error, connection: connection.origin.id }, 'A stream could not be brought up');
    connection.end('internal');
  }
}

function sendReset({ metrics }: BringUpContext, connection: Connection, reason: ResetReason): void {
  metrics.resets.add(reason);
  connection.send('reset', { reason });
}

async function sendSnapshot(
  context: BringUpContext,
  connection: Connection,
  turn: number,
  { cursor, pages }: SharedSnapshot,
): Promise<ResetReason | null> {
  if (pages.length > 0) context.metrics.snapshots += 1;
  await connection.sendPages(turn, pages);
  return catchUp(context, connection, turn, cursor, null);
}

/**
 * Sends everything after `cursor` and goes live: from the log as long as the window does not reach back so far, then
 * from the window. Between its last look at the window and going live there is no `await`, so nothing falls between.
 * @returns why that cannot be done, or null.
 */
async function catchUp(
  context: BringUpContext,
  connection: Connection,
  turn: number,
  { epoch, seq }: Cursor,
  firstPage: LogPage | null,
): Promise<ResetReason | null> {
  const { hub, commands, keys } = context;
  let reached = seq;
  let page = firstPage;
  while (connection.isCurrent(turn)) {
    if (reached >= hub.window.start) {
      const frames = hub.window.after(reached, SLICE);
      if (frames.length === 0) {
        connection.goLive(turn, Math.max(reached, hub.position.seq));
        return null;
      }
      reached = frames.at(-1)?.seq ?? reached;
      await connection.sendMissed(
        turn,
        frames.filter((frame) => matches(connection.subscription, frame)),
      );
      continue;
    }
    const after = reached;
    page ??= await patiently(context, connection, turn, () => readAfter(commands, keys, after));
    if (page === null || !connection.isCurrent(turn)) return null;
    // Nothing although the hub has been further: the log was rolled back.
    const broken = discontinuity(page, { epoch, seq: reached }) ?? (page.position <= reached ? 'epoch_changed' : null);
    if (broken !== null) return (await untilHubAgrees(context, connection, turn)) ? broken : null;
    const frames = page.events.map((event) => new Frame(epoch, event));
    await connection.sendMissed(
      turn,
      frames.filter((frame) => matches(connection.subscription, frame)),
    );
    reached = page.position;
    page = null;
  }
  return null;
}

/**
 * Redis may tell of a new life of the log before the hub has noticed it. To begin anew with the former one would mean to
 * be reset a second time; when the hub notices, it begins all streams anew, and this turn is over.
 */
async function untilHubAgrees(context: BringUpContext, connection: Connection, turn: number): Promise<boolean> {
  const { hub, commands, keys } = context;
  const agrees = await patiently(context, connection, turn, async () => {
    const { epoch } = await readPosition(commands, keys);
    return epoch === hub.position.epoch ? true : null;
  });
  return agrees === true;
}

/** Tries until there is an answer, since an open stream outlives a Redis that is away. Null if it is not wanted any more. */
async function patiently<Answer>(
  { logger }: BringUpContext,
  connection: Connection,
  turn: number,
  ask: () => Promise<Answer | null>,
): Promise<Answer | null> {
  while (connection.isCurrent(turn)) {
    try {
      const answer = await ask();
      if (!connection.isCurrent(turn)) return null;
      if (answer !== null) return answer;
    } catch (error) {
      if (!isRedisAway(error)) throw error;
      logger.debug({ err: error, connection: connection.origin.id }, 'Bringing a stream up waits for Redis');
    }
    await delay(RETRY_MS, undefined, { ref: false });
  }
  return null;
}
