import { DOWNLOAD_STATUSES } from '@hermes/contracts';
import type { QueueList } from '@hermes/react';
import { isDrawnTheSame } from '../downloads/use-live-numbers.ts';

/** A `select` for a list whose rows are told of their numbers by `ListedRows`: it answers the same list while only those run. */
export function createDrawnList(): (list: QueueList) => QueueList {
  let held: QueueList | null = null;
  return (list) => {
    if (held === null || !isSameList(held, list)) held = list;
    return held;
  };
}

function isSameList(a: QueueList, b: QueueList): boolean {
  if (a.total !== b.total || a.next_cursor !== b.next_cursor || a.items.length !== b.items.length) return false;
  if (a.counts !== b.counts && DOWNLOAD_STATUSES.some((status) => a.counts[status] !== b.counts[status])) return false;
  return b.items.every((row, index) => {
    const before = a.items[index];
    return before !== undefined && isDrawnTheSame(before, row);
  });
}
