import type { Topic } from '@hermes/contracts';
import { keepPreviousData, type QueryKey, type UseQueryResult, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useEffectEvent, useRef } from 'react';
import { useHermes } from './hermes-context.ts';
import { shouldPoll, shouldRetry } from './polling.ts';
import type { StreamInterval } from './stream-interval.ts';
import { useConnection } from './use-connection.ts';
import { useDemand } from './use-demand.ts';

/** What a hook may ask of the stream beside its data. */
export interface StreamedQueryOptions {
  /** Default: the provider's. The smallest of all that is mounted counts. */
  intervalMs?: StreamInterval;
}

/** What a hook may ask that shows many downloads. */
export interface StreamedListOptions extends StreamedQueryOptions {
  /**
   * By id, the downloads whose progress the stream is to carry for this hook; default, and null: everybody's, as for more
   * than 100. What has happened to a download (`download_status`) comes for all, whatever this says. Rows that it leaves
   * out keep the progress that they were fetched with; `useProgressDemand` asks for those that can be seen.
   */
  progressOf?: readonly string[] | null;
}

/** What a query result says beside the data. */
export type StreamedQueryResult<Data> = UseQueryResult<Data, Error> & {
  /** The stream is live: the data is as new as can be. */
  isConnected: boolean;
  /** Streams are switched on: data is polled only while there is no connection. */
  usesSSE: boolean;
};

interface StreamedQuery<Cached, Data> {
  queryKey: QueryKey;
  fetch: (signal: AbortSignal) => Promise<Cached>;
  /** What is shown of it. Default: all. */
  select?: ((cached: Cached) => Data) | undefined;
  /** Milliseconds between polls; false: it will not change any more. */
  pollInterval: (cached: Cached | undefined) => number | false;
  /** What brings it: the stream carries the topics of what is mounted. */
  topics: readonly Topic[];
  intervalMs?: StreamInterval | undefined;
  /** Default: everybody's. */
  progressOf?: readonly string[] | null | undefined;
  enabled?: boolean;
  /** Until the answer to another key is there, that to the one before is shown. */
  keepsPrevious?: boolean;
}

/** A query that the shared stream keeps up to date, and that polls while there is no stream. */
export function useStreamedQuery<Cached, Data = Cached>(
  options: StreamedQuery<Cached, Data>,
): StreamedQueryResult<Data> {
  const { sseEnabled } = useHermes();
  const { queryKey, fetch, select, pollInterval, topics, intervalMs, progressOf, enabled = true } = options;
  const { keepsPrevious = false } = options;
  const client = useQueryClient();
  const connection = useConnection();
  const isConnected = connection.state === 'live';
  const polls = shouldPoll(connection, sseEnabled);

  useDemand({ topics, intervalMs, progressOf, enabled });

  const result = useQuery<Cached, Error, Data>({
    queryKey,
    queryFn: ({ signal }) => fetch(signal),
    enabled,
    ...(select === undefined ? {} : { select }),
    ...(keepsPrevious ? { placeholderData: keepPreviousData } : {}),
    // While the stream is live nothing gets stale; without it the usual refetches (focus, mount) are welcome.
    staleTime: isConnected ? Number.POSITIVE_INFINITY : 0,
    refetchInterval: polls ? (query) => pollInterval(query.state.data) : false,
    retry: shouldRetry,
    // The reducers share what has not changed, by id. By index, as the default does, a new first row changes every row.
    structuralSharing: false,
  });

  // Polling begins with a fetch: what was missed since the stream broke off must not wait for the first interval.
  const didPoll = useRef(polls);
  const fetchNow = useEffectEvent(() => {
    if (!enabled || pollInterval(client.getQueryData<Cached>(queryKey)) === false) return;
    void client.refetchQueries({ queryKey, exact: true }, { cancelRefetch: false });
  });
  useEffect(() => {
    if (polls && !didPoll.current) fetchNow();
    didPoll.current = polls;
  }, [polls]);

  return withStream(result, { isConnected, usesSSE: sseEnabled });
}

/** What is read of a result says which changes its component is drawn for: nothing is read here that nobody asked for. */
function withStream<Data>(
  result: UseQueryResult<Data, Error>,
  stream: Pick<StreamedQueryResult<Data>, 'isConnected' | 'usesSSE'>,
): StreamedQueryResult<Data> {
  const properties = Object.keys(result) as (keyof typeof result)[];
  for (const property of properties) {
    Object.defineProperty(stream, property, { enumerable: true, get: () => result[property] });
  }
  return stream as StreamedQueryResult<Data>;
}
