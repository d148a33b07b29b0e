import { useProgressDemand } from '@hermes/react';
import { useState } from 'react';
import { NOBODY, progressWindow, type RowRange } from './progress-window.ts';

/**
 * Has the stream carry the progress of the rows of a list that can be seen. It only counts while nobody on the page asks
 * for everybody's, see `useNarrowProgress`.
 *
 * @param idAt null or undefined: there is no such row, or its progress is over
 */
export function useVisibleProgress(seen: RowRange, idAt: (index: number) => string | null | undefined): void {
  const [held, setHeld] = useState(NOBODY);
  const ids = progressWindow(held, seen, idAt);
  if (ids !== held) setHeld(ids);
  useProgressDemand(ids);
}
