import { type Cursor, type Keyspace, parseCursor, type ResetReason } from '@hermes/contracts';
import { type LogPage, readAfter, readPosition } from '@hermes/event-log';
import type { Redis } from 'ioredis';
import type { Hub } from '../hub/hub.ts';

/** How a stream begins. */
export type ResumePlan =
  /** No cursor: from a snapshot on. */
  | { kind: 'fresh' }
  /** A cursor that cannot be gone on from: say why, then from a snapshot on. */
  | { kind: 'reset'; reason: ResetReason }
  /** From the cursor on; `firstPage` of what was missed, if it is not in memory. */
  | { kind: 'resume'; cursor: Cursor; firstPage: LogPage | null };

/** Decides, before anything is written, whether continuity can be proven. Silence is never an answer. */
export async function planResume(
  lastEventId: string | null,
  hub: Hub,
  redis: Redis,
  keys: Keyspace,
): Promise<ResumePlan> {
  if (lastEventId === null) return { kind: 'fresh' };
  const cursor = parseCursor(lastEventId);
  if (cursor === null) return { kind: 'reset', reason: 'malformed' };
  if (cursor.epoch !== hub.position.epoch) return { kind: 'reset', reason: 'epoch_changed' };
  if (cursor.seq > hub.position.seq) {
    // Another gateway may be a moment ahead of this one; nobody is ahead of the log.
    const position = await readPosition(redis, keys);
    if (position.epoch !== cursor.epoch) return { kind: 'reset', reason: 'epoch_changed' };
    if (cursor.seq > position.seq) return { kind: 'reset', reason: 'from_the_future' };
    return { kind: 'resume', cursor, firstPage: null };
  }
  if (cursor.seq >= hub.window.start) return { kind: 'resume', cursor, firstPage: null };
  const firstPage = await readAfter(redis, keys, cursor.seq);
  const reason = discontinuity(firstPage, cursor);
  return reason === null ? { kind: 'resume', cursor, firstPage } : { kind: 'reset', reason };
}

/** Why this page, read after the cursor, does not continue from it; null if it does. */
export function discontinuity(page: LogPage, cursor: Cursor): ResetReason | null {
  if (page.epoch !== cursor.epoch) return 'epoch_changed';
  return page.trimmed > cursor.seq ? 'trimmed' : null;
}
