import { EVENTS, formatCursor, type Topic } from '@hermes/contracts';
import { isLogEvent, type StreamEvent } from '@hermes/react';

/** One event as the inspector holds it. */
export interface InspectedEvent {
  /** Counted from 1, by this page. */
  n: number;
  /** When it came; milliseconds since 1970. */
  at: number;
  /** Its place in the log; null where it has none. */
  id: string | null;
  event: StreamEvent['event'];
  /** `control`: said by the gateway of itself, whatever the topics. */
  topic: Topic | 'control';
  downloadId: string | null;
  data: unknown;
  /** The data as one line. */
  text: string;
}

export function inspect(event: StreamEvent, n: number, at: number): InspectedEvent {
  return {
    n,
    at,
    id: event.seq === null || event.epoch === null ? null : formatCursor({ epoch: event.epoch, seq: event.seq }),
    event: event.event,
    topic: isLogEvent(event) ? EVENTS[event.event].topic : 'control',
    downloadId: 'download_id' in event.data ? event.data.download_id : null,
    data: event.data,
    text: JSON.stringify(event.data),
  };
}

export interface InspectorFilter {
  /** '' for any. */
  event: string;
  topic: string;
  /** The whole id, or how it begins. */
  downloadId: string;
  /** Anywhere in the data, or in the name of the event. */
  text: string;
}

export const NO_FILTER: InspectorFilter = { event: '', topic: '', downloadId: '', text: '' };

export function matches(row: InspectedEvent, { event, topic, downloadId, text }: InspectorFilter): boolean {
  if (event !== '' && row.event !== event) return false;
  if (topic !== '' && row.topic !== topic) return false;
  if (downloadId !== '' && row.downloadId?.startsWith(downloadId) !== true) return false;
  if (text === '') return true;
  const sought = text.toLowerCase();
  return row.event.includes(sought) || row.text.toLowerCase().includes(sought);
}
