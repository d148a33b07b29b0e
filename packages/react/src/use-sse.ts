import { EventStream, type HermesApiError, isLogEvent, type StreamEvent, type StreamTiming } from '@hermes/client';
import { useEffect, useRef, useState, useSyncExternalStore } from 'react';

type EventsByName = { [Event in StreamEvent as Event['event']]: Event };
export type StreamEventName = keyof EventsByName;
type DataOf<Name extends StreamEventName> = EventsByName[Name]['data'];

export interface UseSSEOptions<Name extends StreamEventName> {
  /** Which events are wanted; default: all but what only concerns the connection. */
  events?: readonly Name[];
  headers?: Record<string, string>;
  /** Called with each wanted event: `data` holds only the last, and React may skip some. */
  onEvent?: (event: EventsByName[Name]) => void;
  /** How patient the stream is, in milliseconds; for tests. */
  timing?: Partial<StreamTiming>;
}

export interface UseSSEResult<Data> {
  /** Of the last wanted event; null before the first. */
  data: Data | null;
  error: HermesApiError | null;
  isConnected: boolean;
  isReconnecting: boolean;
  /** Failed attempts since it was last connected. */
  reconnectAttempts: number;
  /** Ends the stream; `reconnect` opens it again. */
  close: () => void;
  /** Tries at once. */
  reconnect: () => void;
}

/**
 * Follows one stream by itself: it needs no provider, and shares its connection with nobody. For the application's data
 * take `useQueueUpdatesSSE` and `useDownloadProgressSSE`, which share one.
 *
 * @param url any stream of Hermes, such as `/api/v1/events/downloads/{id}`; null: none
 */
export function useSSE<Name extends StreamEventName = StreamEventName>(
  url: string | null,
  options: UseSSEOptions<Name> = {},
): UseSSEResult<DataOf<Name>> {
  const [data, setData] = useState<DataOf<Name> | null>(null);
  // Options may be written in place, anew at every render; only the address and the key make a new stream.
  const latest = useRef(options);
  useEffect(() => {
    latest.current = options;
  });
  const headersKey = JSON.stringify(options.headers ?? {});
  const [stream, setStream] = useState<EventStream | null>(null);

  useEffect(() => {
    if (url === null) return;
    const { timing } = latest.current;
    const opened = new EventStream({ url, headers: JSON.parse(headersKey), timing });
    const unsubscribe = opened.subscribe((event) => {
      const { events, onEvent } = latest.current;
      if (!isWanted(event, events)) return;
      setData(() => event.data as DataOf<Name>);
      onEvent?.(event as EventsByName[Name]);
    });
    opened.open();
    setStream(opened);
    return () => {
      unsubscribe();
      opened.close();
      setStream(null);
      setData(null);
    };
  }, [url, headersKey]);

  const connection = useSyncExternalStore(
    stream?.connection.subscribe ?? subscribeToNothing,
    stream?.connection.get ?? getNothing,
    getNothing,
  );
  return {
    data,
    error: connection?.error ?? null,
    isConnected: connection?.state === 'live',
    isReconnecting: connection?.state === 'reconnecting' || connection?.state === 'polling',
    reconnectAttempts: connection?.attempts ?? 0,
    close: () => stream?.close(),
    reconnect: () => stream?.reconnect(),
  };
}

function isWanted(event: StreamEvent, events: readonly StreamEventName[] | undefined): boolean {
  return events ? events.includes(event.event) : isLogEvent(event) || event.event === 'test';
}

const subscribeToNothing = () => () => undefined;
const getNothing = () => null;
