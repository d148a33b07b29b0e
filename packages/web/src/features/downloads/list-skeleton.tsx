import { Skeleton } from '@mantine/core';
import './list-skeleton.css';

const WIDTHS = ['38%', '52%', '31%', '45%', '60%', '36%'];

/** @param what is on its way, for a screen reader. */
export function ListSkeleton({ what = 'downloads' }: { what?: string }) {
  return (
    <div className="list-skeleton" role="status" aria-label={`Loading the ${what}`}>
      {WIDTHS.map((width) => (
        <div key={width} className="list-skeleton-row">
          <Skeleton width={18} height={18} circle />
          <Skeleton width={width} height={12} />
        </div>
      ))}
    </div>
  );
}
