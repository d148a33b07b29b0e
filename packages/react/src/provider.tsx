import { createApiClient, pollingReasonOf, type StreamEvent, type StreamTiming, TabStream } from '@hermes/client';
import { API_BASE } from '@hermes/contracts';
import { QueryClient, QueryClientContext, QueryClientProvider } from '@tanstack/react-query';
import { type ReactNode, useContext, useEffect, useMemo, useState } from 'react';
import { CacheWriter } from './cache-writer.ts';
import { FrameBatch } from './frame-batch.ts';
import { HermesContext } from './hermes-context.ts';
import { SharedStream } from './shared-stream.ts';
import type { StreamInterval } from './stream-interval.ts';

export interface HermesProviderProps {
  /** Default: `/api/v1` of the page's own origin. */
  baseUrl?: string;
  /** Default true. False: no stream is opened, and everything is polled. */
  sseEnabled?: boolean;
  /** Default: that of a `QueryClientProvider` above, else one of its own. */
  queryClient?: QueryClient;
  /** For pages that hold a key. A browser that has logged in has a cookie and needs none. */
  apiKey?: string;
  /**
   * How often a state may come at most, in milliseconds, for hooks that do not say. Default 0: whenever it changes. Each
   * tick costs a page one drawing, whatever has moved.
   */
  intervalMs?: StreamInterval;
  /** How patient the stream is, in milliseconds; for tests. */
  streamTiming?: Partial<StreamTiming>;
  children?: ReactNode;
}

/** Owns the one event stream that all hooks below it share, and writes what it brings into the query cache. */
export function HermesProvider({
  baseUrl = API_BASE,
  sseEnabled = true,
  queryClient,
  apiKey,
  intervalMs = 0,
  streamTiming,
  children,
}: HermesProviderProps) {
  const outerClient = useContext(QueryClientContext);
  const [ownClient] = useState(() => new QueryClient());
  // Written in place it would be another object, and another stream, at every render.
  const [timing] = useState(streamTiming);
  const client = queryClient ?? outerClient ?? ownClient;

  // Making these has no effect on the outside: the stream is opened by the first hook that wants it.
  const session = useMemo(() => {
    const stream = new TabStream({ baseUrl, apiKey, timing });
    return { stream, shared: new SharedStream(stream) };
  }, [baseUrl, apiKey, timing]);
  const writer = useMemo(() => new CacheWriter(client), [client]);

  const { stream, shared } = session;
  const api = useMemo(
    () =>
      createApiClient({
        baseUrl,
        apiKey,
        polling: () => (sseEnabled ? pollingReasonOf(stream.connection.get()) : 'disabled'),
      }),
    [baseUrl, apiKey, sseEnabled, stream],
  );
  useEffect(() => {
    const batch = new FrameBatch<StreamEvent>((events) => writer.receive(events));
    const unsubscribe = stream.subscribe(batch.add);
    const detach = shared.attach();
    return () => {
      unsubscribe();
      batch.flush();
      writer.dispose();
      detach();
    };
  }, [stream, shared, writer]);

  const value = useMemo(
    () => ({
      api,
      connection: stream.connection,
      shared,
      subscribe: (listener: (event: StreamEvent) => void) => stream.subscribe(listener),
      writer,
      sseEnabled,
      intervalMs,
    }),
    [api, stream, shared, writer, sseEnabled, intervalMs],
  );
  return (
    <QueryClientProvider client={client}>
      <HermesContext value={value}>{children}</HermesContext>
    </QueryClientProvider>
  );
}
