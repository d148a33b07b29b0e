import type { Topic } from '@hermes/contracts';
import { keepPreviousData, type QueryKey, type UseQueryResult, useQuery } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
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

interface StreamedQuery<Data> {
  queryKey: QueryKey;
  fetch: (signal: AbortSignal) => Promise<Data>;
  /** Milliseconds between polls; false: it will not change any more. */
  pollInterval: (data: Data | undefined) => number | false;
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
export function useStreamedQuery<Data>(options: StreamedQuery<Data>): StreamedQueryResult<Data> {
  const { sseEnabled } = useHermes();
  const { queryKey, fetch, pollInterval, topics, intervalMs, progressOf, enabled = true } = options;
  const { keepsPrevious = false } = options;
  const connection = useConnection();
  const isConnected = connection.state === 'live';
  const polls = shouldPoll(connection, sseEnabled);

  useDemand({ topics, intervalMs, progressOf, enabled });

  const result = useQuery<Data>({
    queryKey,
    queryFn: ({ signal }) => fetch(signal),
    enabled,
    ...(keepsPrevious ? { placeholderData: keepPreviousData } : {}),
    // While the stream is live nothing gets stale; without it the usual refetches (focus, mount) are welcome.
    staleTime: isConnected ? Number.POSITIVE_INFINITY : 0,
    refetchInterval: polls ? (query) => pollInterval(query.state.data) : false,
    retry: shouldRetry,
    // The reducers share what has not changed, by id. By index, as the default does, a new first row changes every row.
    structuralSharing: false,
  });

  // Polling begins with a fetch: what was missed since the stream broke off must not wait for the first interval.
  const { refetch } = result;
  const isOver = pollInterval(result.data) === false;
  const didPoll = useRef(polls);
  useEffect(() => {
    if (polls && !didPoll.current && enabled && !isOver) void refetch({ cancelRefetch: false });
    didPoll.current = polls;
  }, [polls, enabled, isOver, refetch]);

  return { ...result, isConnected, usesSSE: sseEnabled };
}
