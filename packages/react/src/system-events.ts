import type { LogEvent } from '@hermes/client';
import type { SystemNotification } from '@hermes/contracts';

/** A notification as the cache holds it. */
export interface SystemEvent extends SystemNotification {
  /** Its place in the log: unique, and higher the later it was sent. */
  seq: number;
  /** When this page heard of it; ISO 8601 UTC. */
  received_at: string;
}

const MAX_SYSTEM_EVENTS = 100;
const NONE: readonly SystemEvent[] = [];

/** Newest first. No REST route lists them: what is held is what the page has heard since it was loaded. */
export function addSystemEvent(
  held: readonly SystemEvent[] | undefined,
  event: Extract<LogEvent, { event: 'system_notification' }>,
): readonly SystemEvent[] {
  const received = { ...event.data, seq: event.seq, received_at: new Date().toISOString() };
  return [received, ...(held ?? NONE)].slice(0, MAX_SYSTEM_EVENTS);
}
