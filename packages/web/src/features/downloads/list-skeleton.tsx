import { Skeleton } from '@mantine/core';
import './list-skeleton.css';

const WIDTHS = ['38%', '52%', '31%', '45%', '60%', '36%'];

export function ListSkeleton() {
  return (
    <div className="list-skeleton" role="status" aria-label="Loading the downloads">
      {WIDTHS.map((width) => (
        <div key={width} className="list-skeleton-row">
          <Skeleton width={18} height={18} circle />
          <Skeleton width={width} height={12} />
        </div>
      ))}
    </div>
  );
}
