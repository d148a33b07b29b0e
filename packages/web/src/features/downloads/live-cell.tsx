import type { Ref } from 'react';
import './live-cell.css';

interface LiveCellProps {
  /** For `LiveNumbers` to write into. */
  ref?: Ref<HTMLSpanElement>;
  /** Only where nobody else writes. */
  children?: string;
}

/** A text that changes often. It is as large as its place, whatever it says. */
export function LiveCell({ ref, children }: LiveCellProps) {
  return (
    <span className="live-cell" ref={ref}>
      {children}
    </span>
  );
}
