import type { Period, Timeline } from '@hermes/contracts';
import { type KeyboardEvent, useRef, useState } from 'react';
import { formatBytes } from '../../format.ts';
import { niceTop } from './nice-top.ts';
import { longLabel, PERIOD_WORDS, shortLabel } from './period-words.ts';

type Bucket = Timeline['buckets'][number];

/** What the bars measure: downloads that ended, by how; or what arrived. */
export type Measure = 'ended' | 'bytes';

interface TimelineChartProps {
  period: Period;
  /** Oldest first. */
  buckets: readonly Bucket[];
  measure: Measure;
}

const PARTS: Record<Measure, readonly { key: 'completed' | 'failed' | 'cancelled' | 'bytes'; name: string }[]> = {
  ended: [
    { key: 'completed', name: 'Completed' },
    { key: 'failed', name: 'Failed' },
    { key: 'cancelled', name: 'Cancelled' },
  ],
  bytes: [{ key: 'bytes', name: 'Bytes' }],
};

/** As many words as fit below the bars. */
const MOST_LABELS = 8;

/**
 * Bars, one for each bucket. They are one stop of the Tab key; the arrows lead from bar to bar, and what stands at a bar,
 * pointed at or in focus, is said above them.
 */
export function TimelineChart({ period, buckets, measure }: TimelineChartProps) {
  const bars = useRef<HTMLDivElement>(null);
  const [at, setAt] = useState(buckets.length - 1);
  const [isShown, setIsShown] = useState(false);
  const current = Math.min(at, buckets.length - 1);
  const parts = PARTS[measure];
  const totalOf = (bucket: Bucket) => parts.reduce((sum, { key }) => sum + bucket[key], 0);
  const top = niceTop(Math.max(...buckets.map(totalOf)));
  const format = (value: number) => (measure === 'bytes' ? formatBytes(value) : value.toLocaleString('en'));
  const every = Math.ceil(buckets.length / MOST_LABELS);
  const shown = buckets[current];

  function move(event: KeyboardEvent) {
    const next = STEPS[event.key]?.(current, buckets.length - 1);
    if (next === undefined) return;
    event.preventDefault();
    bars.current?.querySelectorAll<HTMLElement>('.chart-bar')[next]?.focus();
  }

  return (
    <figure className="chart" data-testid="timeline-chart">
      <figcaption className="chart-caption">
        {isShown && shown ? (
          <strong>
            {longLabel(period, shown.from)}: {describe(shown, measure)}
          </strong>
        ) : (
          parts.length > 1 &&
          parts.map(({ key, name }) => (
            <span key={key} className="chart-key" data-part={key}>
              {name}
            </span>
          ))
        )}
      </figcaption>
      <div className="chart-plot">
        {[1, 0.5, 0].map((part) => (
          <span key={part} className="chart-line" style={{ insetBlockEnd: `${part * 100}%` }} aria-hidden="true">
            <span>{format(top * part)}</span>
          </span>
        ))}
        {/* biome-ignore lint/a11y/useSemanticElements: a fieldset is for a form. */}
        <div
          ref={bars}
          className="chart-bars"
          role="group"
          aria-label={`${measure === 'bytes' ? 'Bytes' : 'Downloads that ended'}, by ${PERIOD_WORDS[period].bucket}`}
          onKeyDown={move}
          onBlur={() => setIsShown(false)}
          onPointerLeave={() => setIsShown(false)}
        >
          {buckets.map((bucket, index) => (
            <button
              key={bucket.from}
              type="button"
              className="chart-bar"
              tabIndex={index === current ? 0 : -1}
              aria-label={`${longLabel(period, bucket.from)}: ${describe(bucket, measure)}`}
              data-current={(isShown && index === current) || undefined}
              onFocus={() => {
                setAt(index);
                setIsShown(true);
              }}
              onPointerEnter={() => {
                setAt(index);
                setIsShown(true);
              }}
            >
              {parts.map(({ key }) => (
                <span
                  key={key}
                  className="chart-part"
                  data-part={key}
                  style={{ height: `${(bucket[key] / top) * 100}%` }}
                />
              ))}
            </button>
          ))}
        </div>
      </div>
      <div className="chart-labels" aria-hidden="true">
        {buckets.map((bucket, index) => (
          <span key={bucket.from}>
            {/* Counted from the newest, which always has one. */}
            {(buckets.length - 1 - index) % every === 0 ? shortLabel(period, bucket.from) : ''}
          </span>
        ))}
      </div>
    </figure>
  );
}

const STEPS: Record<string, (at: number, last: number) => number> = {
  ArrowLeft: (at) => Math.max(0, at - 1),
  ArrowRight: (at, last) => Math.min(last, at + 1),
  Home: () => 0,
  End: (_, last) => last,
};

function describe({ completed, failed, cancelled, bytes }: Bucket, measure: Measure): string {
  if (measure === 'bytes') return formatBytes(bytes);
  const parts = [
    { count: completed, word: 'completed' },
    { count: failed, word: 'failed' },
    { count: cancelled, word: 'cancelled' },
  ].filter(({ count }) => count > 0);
  return parts.length === 0
    ? 'nothing'
    : parts.map(({ count, word }) => `${count.toLocaleString('en')} ${word}`).join(', ');
}
