import type { Period, Timeline } from '@hermes/contracts';
import { formatBytes } from '../../format.ts';
import { longLabel, PERIOD_WORDS } from './period-words.ts';

interface TimelineTableProps {
  period: Period;
  buckets: Timeline['buckets'];
}

/** The newest first: it is what one looks for. */
export function TimelineTable({ period, buckets }: TimelineTableProps) {
  const { bucket: what } = PERIOD_WORDS[period];
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by the keyboard.
    <section className="timeline-scroller" tabIndex={0} aria-label="Timeline as a table">
      <table className="timeline-table">
        <thead>
          <tr>
            <th scope="col">{what === 'hour' ? 'Hour' : what === 'day' ? 'Day' : 'Month'}</th>
            <th scope="col">Added</th>
            <th scope="col">Completed</th>
            <th scope="col">Failed</th>
            <th scope="col">Cancelled</th>
            <th scope="col">Bytes</th>
          </tr>
        </thead>
        <tbody>
          {buckets.toReversed().map((bucket) => (
            <tr key={bucket.from}>
              <th scope="row">{longLabel(period, bucket.from)}</th>
              <td>{bucket.downloads.toLocaleString('en')}</td>
              <td>{bucket.completed.toLocaleString('en')}</td>
              <td>{bucket.failed.toLocaleString('en')}</td>
              <td>{bucket.cancelled.toLocaleString('en')}</td>
              <td>{formatBytes(bucket.bytes)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
