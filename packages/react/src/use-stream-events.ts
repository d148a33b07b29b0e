import type { StreamEvent } from '@hermes/client';
import type { Topic } from '@hermes/contracts';
import { useEffect, useEffectEvent } from 'react';
import { useHermes } from './hermes-context.ts';
import { useDemand } from './use-demand.ts';
import type { StreamedListOptions } from './use-streamed-query.ts';

interface StreamEventsOptions extends StreamedListOptions {
  /** What the stream must carry for this; it may carry more for others. Default: everything about downloads. */
  topics?: readonly Topic[];
}

const ABOUT_DOWNLOADS: readonly Topic[] = ['downloads', 'queue', 'stats'];

/**
 * Hands on everything that the shared stream says, in its order, and keeps the stream open while it is mounted. For what
 * does not fit into the query cache: long lists that keep their own order, notifications. Data that is shown elsewhere as
 * well is better taken from the other hooks.
 *
 * @param onEvent called outside of rendering, once for each event
 */
export function useStreamEvents(onEvent: (event: StreamEvent) => void, options: StreamEventsOptions = {}): void {
  const { subscribe } = useHermes();
  const { topics = ABOUT_DOWNLOADS, intervalMs, progressOf } = options;
  const receive = useEffectEvent(onEvent);
  // First, so that nothing of what the stream brings is missed.
  useEffect(() => subscribe((event) => receive(event)), [subscribe]);
  useDemand({ topics, intervalMs, progressOf });
}
