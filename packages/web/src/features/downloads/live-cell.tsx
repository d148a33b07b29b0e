import type { Ref } from 'react';
import './live-cell.css';

/** A cell for `LiveNumbers` to write into, drawn empty. It is as large as its place, whatever is in it. */
export function LiveCell({ ref }: { ref: Ref<HTMLSpanElement> }) {
  return <span className="live-cell" ref={ref} />;
}
