import type { StreamEvent } from '@hermes/client';
import { useEffect, useEffectEvent } from 'react';
import { useHermes } from './hermes-context.ts';

/**
 * Hands on everything that the shared stream says, in its order, and keeps the stream open while it is mounted. For what
 * does not fit into the query cache: long lists that keep their own order, notifications. Data that is shown elsewhere as
 * well is better taken from the other hooks.
 *
 * @param onEvent called outside of rendering, once for each event
 */
export function useStreamEvents(onEvent: (event: StreamEvent) => void): void {
  const { shared, subscribe, sseEnabled } = useHermes();
  const receive = useEffectEvent(onEvent);
  useEffect(() => {
    const unsubscribe = subscribe((event) => receive(event));
    const release = sseEnabled ? shared.retain() : undefined;
    return () => {
      unsubscribe();
      release?.();
    };
  }, [shared, subscribe, sseEnabled]);
}
