import type { EventName } from '@hermes/contracts';
import type { LogEvent } from '@hermes/event-log';
import { Frame } from '../hub/frame.ts';
import type { Subscription } from '../hub/subscription.ts';

/** An event of a log that nobody wrote. */
export function makeLogEvent(
  seq: number,
  event: EventName = 'download_progress',
  key: string | null = 'one',
): LogEvent {
  const status = event === 'queue_update' ? 'queued' : null;
  return { seq, event, key, status, previousStatus: null, data: `{"seq":${seq}}` };
}

export function makeFrame(...event: Parameters<typeof makeLogEvent>): Frame {
  return new Frame('e', makeLogEvent(...event));
}

export function makeSubscription(fields: Partial<Subscription> = {}): Subscription {
  return {
    topics: ['downloads', 'queue', 'stats', 'system', 'storage', 'analytics'],
    download: null,
    progressOf: null,
    queueStatus: null,
    intervalMs: 0,
    ...fields,
  };
}
