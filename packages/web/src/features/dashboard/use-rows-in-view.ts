import { type RefObject, useEffect, useEffectEvent, useLayoutEffect, useState } from 'react';
import type { RowRange } from '../downloads/progress-window.ts';

/** Nothing is seen before the list has been measured. */
const UNSEEN: RowRange = { first: 0, last: -1 };

/**
 * Which rows of a list can be seen in the window. All rows are of the same height, and the list is as high as all of them,
 * drawn or not. It is measured anew when the page is scrolled or resized, grows, or shrinks, and when the list does.
 *
 * @param count how many rows the list has
 */
export function useRowsInView(list: RefObject<HTMLElement | null>, count: number): RowRange {
  const [seen, setSeen] = useState(UNSEEN);
  const measure = useEffectEvent(() => {
    if (list.current === null) return;
    const { top, height } = list.current.getBoundingClientRect();
    const next = rowsInView(top, height, count, window.innerHeight);
    setSeen((before) => (before.first === next.first && before.last === next.last ? before : next));
  });
  // With the rows the height changes.
  useLayoutEffect(() => measure(), [count]);
  useEffect(() => {
    const onChange = () => measure();
    window.addEventListener('scroll', onChange, { passive: true });
    window.addEventListener('resize', onChange, { passive: true });
    const observer = new ResizeObserver(onChange);
    observer.observe(document.body);
    return () => {
      window.removeEventListener('scroll', onChange);
      window.removeEventListener('resize', onChange);
      observer.disconnect();
    };
  }, []);
  return seen;
}

/**
 * @param top of the list, from that of the window; pixels, as is all
 * @returns `last` is before `first` where none is seen: `first` is then the one that is nearest
 */
export function rowsInView(top: number, height: number, count: number, windowHeight: number): RowRange {
  // Nothing has been laid out: nobody knows.
  if (height === 0) return { first: 0, last: count - 1 };
  const rowHeight = height / count;
  const first = Math.max(0, Math.floor(-top / rowHeight));
  const last = Math.min(count, Math.ceil((windowHeight - top) / rowHeight)) - 1;
  if (first >= count) return { first: count, last: count - 1 };
  return last < first ? { first, last: first - 1 } : { first, last };
}
