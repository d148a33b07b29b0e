import { type RefObject, useEffect } from 'react';
import type { QueueList, QueueListState } from './queue-list.ts';
import type { QueueTableHandle } from './queue-table.tsx';

/** Long enough to see that a row has finished before it goes. */
const SETTLE_MS = 1500;

/**
 * Lets the list take in what is new and let go of what has moved on, by itself, while nobody could be aiming at a row: it
 * is at its top, the pointer is elsewhere, and nothing is chosen. Otherwise the user says when.
 */
export function useCalmSettling(
  list: QueueList,
  { arrivals, strays }: QueueListState,
  table: RefObject<QueueTableHandle | null>,
  isInUse: boolean,
): void {
  const waiting = arrivals.length + strays;
  useEffect(() => {
    if (waiting === 0 || isInUse) return;
    const timer = setInterval(() => {
      const isAimedAt = table.current !== null && (!table.current.isAtTop() || table.current.isHovered());
      if (!isAimedAt) list.settle();
    }, SETTLE_MS);
    return () => clearInterval(timer);
  }, [list, table, waiting, isInUse]);
}
