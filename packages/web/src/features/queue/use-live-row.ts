import type { Download } from '@hermes/contracts';
import { useCallback, useLayoutEffect, useRef, useSyncExternalStore } from 'react';
import type { LiveNumbers } from '../downloads/live-numbers.ts';
import { isDrawnTheSame, useNumbers } from '../downloads/use-live-numbers.ts';
import type { LiveRows } from './live-rows.ts';

/** What is to be drawn of a row; while only its numbers run they are written past React. */
export function useLiveRow(rows: LiveRows, id: string): { drawn: Download | undefined; numbers: LiveNumbers } {
  const numbers = useNumbers();
  const held = useRef<Download>(undefined);
  const subscribe = useCallback(
    (listener: () => void) =>
      rows.subscribe(id, () => {
        const row = rows.get(id);
        if (row !== undefined) numbers.show(row);
        listener();
      }),
    [rows, id, numbers],
  );
  const drawn = useSyncExternalStore(subscribe, () => {
    const row = rows.get(id);
    if (row === undefined || held.current === undefined || !isDrawnTheSame(held.current, row)) held.current = row;
    return held.current;
  });
  // What was drawn may have cells that are new, and more may have come meanwhile.
  useLayoutEffect(() => {
    const row = rows.get(id);
    if (row !== undefined) numbers.show(row);
  }, [rows, id, numbers, drawn]);
  return { drawn, numbers };
}
