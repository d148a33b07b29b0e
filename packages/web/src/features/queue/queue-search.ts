import { type QueueViewName, queueView } from './queue-views.ts';

export interface QueueSearch {
  /** Absent: the first. */
  view?: QueueViewName | undefined;
  /** What is sought. */
  q?: string | undefined;
}

/** What the address says of the queue page; anything else in it is left out. */
export function readQueueSearch({ view, q }: Record<string, unknown>): QueueSearch {
  const { name } = queueView(view);
  return {
    ...(view === name && name !== 'unfinished' ? { view: name } : {}),
    // A number in the address is read as one.
    ...(typeof q === 'string' || typeof q === 'number' ? { q: String(q) } : {}),
  };
}
