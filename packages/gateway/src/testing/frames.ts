import { type EventName, isFact } from '@hermes/contracts';
import { type Frame, toFrame } from '../hub/frame.ts';
import type { Subscription } from '../hub/subscription.ts';

/** A frame of a log that nobody wrote. */
export function makeFrame(seq: number, event: EventName = 'download_progress', key: string | null = 'one'): Frame {
  const status = event === 'queue_update' ? 'queued' : null;
  return toFrame('e', {
    seq,
    event,
    key: isFact(event) || key !== null ? key : null,
    status,
    previousStatus: null,
    data: `{"seq":${seq}}`,
  });
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
