import type { Counts, Download } from '@hermes/contracts';
import { memo } from 'react';
import { formatSpeed, UNKNOWN } from '../../format.ts';
import { LiveCell } from '../downloads/live-cell.tsx';
import { countOf, GROUPS, type GroupName } from './download-groups.ts';
import { SpeedTrace } from './speed-trace.tsx';
import { useTotalSpeed } from './use-total-speed.ts';
import './summary-strip.css';

export type Filter = GroupName | 'all' | 'mine';

interface SummaryStripProps {
  /** null until they are known. */
  counts: Counts | null;
  /** How many were added from this browser. */
  mine: number;
  active: readonly Download[];
  filter: Filter;
  onFilter: (filter: Filter) => void;
}

/** How many there are of each kind; each number is also the button that shows only those. */
export const SummaryStrip = memo(function SummaryStrip(props: SummaryStripProps) {
  const { counts, mine, active, filter, onFilter } = props;
  const all = counts === null ? null : GROUPS.reduce((sum, group) => sum + countOf(counts, group.statuses), 0);
  return (
    <section className="summary" aria-label="Summary">
      <fieldset className="summary-filters">
        <legend className="visually-hidden">Show</legend>
        <FilterButton name="all" title="All" count={all} {...{ filter, onFilter }} />
        {GROUPS.map(({ name, title, statuses }) => (
          <FilterButton
            key={name}
            name={name}
            title={title}
            count={counts === null ? null : countOf(counts, statuses)}
            failed={name === 'finished' ? (counts?.failed ?? 0) : 0}
            {...{ filter, onFilter }}
          />
        ))}
        {mine > 0 && <FilterButton name="mine" title="Mine" count={mine} {...{ filter, onFilter }} />}
      </fieldset>
      <TotalSpeed active={active} isKnown={counts !== null} />
    </section>
  );
});

function TotalSpeed({ active, isKnown }: { active: readonly Download[]; isKnown: boolean }) {
  const speed = useTotalSpeed(active);
  return (
    <div className="summary-speed">
      <SpeedTrace speed={speed} />
      <span className="summary-speed-value" data-testid="total-speed">
        <LiveCell>{formatSpeed(isKnown ? speed : null)}</LiveCell>
      </span>
    </div>
  );
}

interface FilterButtonProps {
  name: Filter;
  title: string;
  count: number | null;
  failed?: number;
  filter: Filter;
  onFilter: (filter: Filter) => void;
}

function FilterButton(props: FilterButtonProps) {
  const { name, title, count, failed = 0, filter, onFilter } = props;
  return (
    <button
      type="button"
      className="summary-filter"
      aria-pressed={filter === name}
      onClick={() => onFilter(name)}
      data-testid={`filter-${name}`}
    >
      <span className="summary-filter-title">{title}</span>
      <span className="summary-filter-count">{count === null ? UNKNOWN : count.toLocaleString('en')}</span>
      {failed > 0 && <span className="summary-filter-failed">{failed} failed</span>}
    </button>
  );
}
