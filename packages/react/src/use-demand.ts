import type { Topic } from '@hermes/contracts';
import { useEffect } from 'react';
import { useHermes } from './hermes-context.ts';
import type { StreamInterval } from './stream-interval.ts';

interface DemandOptions {
  topics: readonly Topic[];
  /** Default: the provider's. */
  intervalMs?: StreamInterval | undefined;
  /** Default, and null: everybody's. */
  progressOf?: readonly string[] | null | undefined;
  enabled?: boolean;
}

/** Keeps the shared stream open, and carrying this, while it is mounted. Arrays may be written in place. */
export function useDemand({ topics, intervalMs, progressOf = null, enabled = true }: DemandOptions): void {
  const { shared, sseEnabled, intervalMs: usual } = useHermes();
  const interval = intervalMs ?? usual;
  // Written in place, they are other arrays at every render.
  const topicsKey = topics.join();
  const progressKey = progressOf?.join() ?? null;
  useEffect(() => {
    if (!sseEnabled || !enabled) return;
    return shared.retain({
      topics: topicsKey.split(',') as Topic[],
      intervalMs: interval,
      progressOf: progressKey?.split(',').filter((id) => id !== '') ?? null,
    });
  }, [shared, sseEnabled, enabled, topicsKey, interval, progressKey]);
}
