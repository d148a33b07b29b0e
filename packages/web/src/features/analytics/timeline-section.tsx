import type { Period, TimelineSummary } from '@hermes/contracts';
import { useTimeline, useTimelineSummary } from '@hermes/react';
import { Skeleton } from '@mantine/core';
import { useState } from 'react';
import { formatBytes } from '../../format.ts';
import { longLabel, PERIOD_WORDS } from './period-words.ts';
import { type Measure, TimelineChart } from './timeline-chart.tsx';
import { TimelineTable } from './timeline-table.tsx';

const VIEWS = [
  { name: 'ended', label: 'Ended' },
  { name: 'bytes', label: 'Bytes' },
  { name: 'table', label: 'Table' },
] as const satisfies readonly { name: Measure | 'table'; label: string }[];

/** What happened when: as bars, or as the numbers that they are drawn from. */
export function TimelineSection({ period }: { period: Period }) {
  const [view, setView] = useState<Measure | 'table'>('ended');
  const { data: timeline, error, refetch } = useTimeline(period);
  const { data: summary } = useTimelineSummary(period);
  return (
    <section className="timeline-panel live" aria-labelledby="timeline-title">
      <div className="timeline-head">
        <h2 id="timeline-title">Over time</h2>
        <fieldset className="timeline-views">
          <legend className="visually-hidden">Show</legend>
          {VIEWS.map(({ name, label }) => (
            <button
              key={name}
              type="button"
              className="period-choice"
              aria-pressed={view === name}
              onClick={() => setView(name)}
              data-testid={`timeline-${name}`}
            >
              {label}
            </button>
          ))}
        </fieldset>
      </div>
      {timeline === undefined ? (
        error === null ? (
          <Skeleton height={240} role="status" aria-label="Loading the chart" />
        ) : (
          <p className="timeline-failure" role="alert">
            The chart could not be loaded: {error.message}.{' '}
            <button type="button" className="link-button" onClick={() => void refetch()}>
              Try again
            </button>
          </p>
        )
      ) : view === 'table' ? (
        <TimelineTable period={period} buckets={timeline.buckets} />
      ) : (
        <TimelineChart period={period} buckets={timeline.buckets} measure={view} />
      )}
      {summary !== undefined && <Summary period={period} summary={summary} />}
    </section>
  );
}

function Summary({ period, summary }: { period: Period; summary: TimelineSummary }) {
  const { busiest, average_downloads: average, downloads, bytes } = summary;
  if (busiest === null || average === null) return null;
  const { bucket } = PERIOD_WORDS[period];
  const rounded = average >= 10 ? Math.round(average) : Math.round(average * 10) / 10;
  return (
    <p className="timeline-summary" data-testid="timeline-summary">
      {downloads.toLocaleString('en')} added and {formatBytes(bytes)} downloaded, about {rounded.toLocaleString('en')} a{' '}
      {bucket}. The busiest {bucket} was {longLabel(period, busiest.from)}, with{' '}
      {busiest.downloads.toLocaleString('en')}.
    </p>
  );
}
