import {
  CONTROL_FRAMES,
  type ControlFrameName,
  type Cursor,
  EVENTS,
  type EventData,
  type EventName,
  parseCursor,
  type SystemNotification,
  systemNotificationSchema,
} from '@hermes/contracts';
import type { Frame } from './connect.ts';

type ControlData<Name extends ControlFrameName> = (typeof CONTROL_FRAMES)[Name]['_output'];

/** An event of the log: always with its place in it. */
export type LogEvent = {
  [Name in EventName]: { event: Name; data: EventData<Name>; seq: number; epoch: string };
}[EventName];

/** What the gateway says by itself. Only some carry a position. */
export type ControlEvent = {
  [Name in ControlFrameName]: { event: Name; data: ControlData<Name>; seq: number | null; epoch: string | null };
}[ControlFrameName];

export type StreamEvent = LogEvent | ControlEvent;

/** Reads one frame; null for what is not of the contract: an unknown name, broken JSON, fields of other types. */
export function parseFrame({ event, id, data }: Frame): StreamEvent | null {
  const cursor = parseCursor(id);
  const schema = schemaOf(event, cursor);
  if (schema === null) return null;
  let value: unknown;
  try {
    value = JSON.parse(data);
  } catch {
    return null;
  }
  if (!schema.safeParse(value).success) return null;
  // The value as it came, not as parsed: a newer server may say more than this schema knows.
  return { event, data: value, seq: cursor?.seq ?? null, epoch: cursor?.epoch ?? null } as StreamEvent;
}

/**
 * What the gateway has to say of itself: a `system_notification` that has no place in the log. Null for anything else.
 */
export function parseNotice({ event, id, data }: Frame): SystemNotification | null {
  if (event !== 'system_notification' || id !== '') return null;
  try {
    return systemNotificationSchema.safeParse(JSON.parse(data)).data ?? null;
  } catch {
    return null;
  }
}

function schemaOf(event: string, cursor: Cursor | null) {
  if (Object.hasOwn(CONTROL_FRAMES, event)) return CONTROL_FRAMES[event as ControlFrameName];
  if (cursor !== null && Object.hasOwn(EVENTS, event)) return EVENTS[event as EventName].data;
  return null;
}

/** What a state is about: a newer one of the same key replaces it. */
export function stateKey(event: LogEvent): string {
  const { key } = EVENTS[event.event];
  return key === null ? event.event : `${event.event} ${(event.data as Record<string, unknown>)[key]}`;
}

export function isLogEvent(event: StreamEvent): event is LogEvent {
  return Object.hasOwn(EVENTS, event.event);
}
