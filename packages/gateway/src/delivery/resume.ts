import { type Cursor, type Keyspace, parseCursor, type ResetReason } from '@hermes/contracts';
import { type LogPage, readAfter, readPosition } from '@hermes/event-log';
import type { Redis } from 'ioredis';
import { toFrame } from '../hub/frame.ts';
import type { Hub } from '../hub/hub.ts';
import { matches } from '../hub/subscription.ts';
import type { Connection } from './connection.ts';

/** How a stream begins. */
export type ResumePlan =
  /** No cursor: from a snapshot on. */
  | { kind: 'fresh' }
  /** A cursor that cannot be gone on from: say why, then from a snapshot on. */
  | { kind: 'reset'; reason: ResetReason }
  /** Everything after the cursor is in memory. */
  | { kind: 'window'; cursor: Cursor }
  /** It has to be read from the log; its first page has been. */
  | { kind: 'log'; cursor: Cursor; firstPage: LogPage };

/** Decides, before anything is written, whether continuity can be proven. Silence is never an answer. */
export async function planResume(
  lastEventId: string | null,
  hub: Hub,
  redis: Redis,
  keys: Keyspace,
): Promise<ResumePlan> {
  if (lastEventId === null || lastEventId === '') return { kind: 'fresh' };
  const cursor = parseCursor(lastEventId);
  if (cursor === null) return { kind: 'reset', reason: 'malformed' };
  if (cursor.epoch !== hub.position.epoch) return { kind: 'reset', reason: 'epoch_changed' };
  if (cursor.seq > hub.position.seq) {
    // Another gateway may be a moment ahead of this one; nobody is ahead of the log.
    const position = await readPosition(redis, keys);
    if (position.epoch !== cursor.epoch) return { kind: 'reset', reason: 'epoch_changed' };
    return cursor.seq > position.seq ? { kind: 'reset', reason: 'from_the_future' } : { kind: 'window', cursor };
  }
  if (cursor.seq >= hub.window.start) return { kind: 'window', cursor };
  const firstPage = await readAfter(redis, keys, cursor.seq);
  if (firstPage.epoch !== cursor.epoch) return { kind: 'reset', reason: 'epoch_changed' };
  if (firstPage.trimmed > cursor.seq) return { kind: 'reset', reason: 'trimmed' };
  return { kind: 'log', cursor, firstPage };
}

/** Sends what the client missed according to a plan that found it possible. */
export async function sendMissed(
  connection: Connection,
  plan: Extract<ResumePlan, { kind: 'window' | 'log' }>,
  hub: Hub,
  redis: Redis,
  keys: Keyspace,
): Promise<void> {
  connection.skipTo(plan.cursor.seq);
  let reached = plan.cursor.seq;
  if (plan.kind === 'log') {
    for (let page = plan.firstPage; ; page = await readAfter(redis, keys, reached)) {
      const frames = page.events.map((event) => toFrame(page.epoch, event));
      await connection.sendMissed(frames.filter((frame) => matches(connection.subscription, frame)));
      reached = page.position;
      if (connection.isEnded || reached >= hub.window.start || page.events.length === 0) break;
    }
  }
  await sendFromWindow(connection, hub, reached);
}

export async function sendFromWindow(connection: Connection, hub: Hub, seq: number): Promise<void> {
  const frames = hub.window.after(seq).filter((frame) => matches(connection.subscription, frame));
  await connection.sendMissed(frames);
}
