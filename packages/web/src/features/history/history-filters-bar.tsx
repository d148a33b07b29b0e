import { type EngineName, engineNameSchema, FINAL_STATUSES, type FinalStatus } from '@hermes/contracts';
import { IconAdjustmentsHorizontal, IconSearch, IconX } from '@tabler/icons-react';
import { type RefObject, useState } from 'react';
import { STATUS_LOOKS } from '../downloads/status-looks.ts';
import { leaveOnEscape } from '../shell/leave-on-escape.ts';
import { countFilters, type HistorySearch } from './history-search.ts';
import { useLateText } from './use-late-text.ts';

interface HistoryFiltersBarProps {
  search: HistorySearch;
  searchInput: RefObject<HTMLInputElement | null>;
  onChange: (change: Partial<HistorySearch>) => void;
}

const NO_FILTERS: Partial<HistorySearch> = {
  from: undefined,
  to: undefined,
  status: undefined,
  engine: undefined,
  host: undefined,
  q: undefined,
};

export function HistoryFiltersBar({ search, searchInput, onChange }: HistoryFiltersBarProps) {
  const query = useLateText(search.q ?? '', (q) => onChange({ q: q || undefined }));
  const host = useLateText(search.host ?? '', (text) => onChange({ host: text || undefined }));
  const [isOpen, setIsOpen] = useState(false);
  const narrowing = countFilters(search);
  return (
    <search className="history-filters" data-open={isOpen || undefined}>
      <div className="history-search">
        <IconSearch size={16} stroke={1.75} aria-hidden="true" />
        <input
          ref={searchInput}
          type="search"
          placeholder="Search"
          aria-label="Search by name or address"
          {...query}
          onKeyDown={leaveOnEscape}
          data-testid="history-search"
        />
      </div>
      <button
        type="button"
        className="history-more"
        aria-expanded={isOpen}
        onClick={() => setIsOpen(!isOpen)}
        data-testid="history-more"
      >
        <IconAdjustmentsHorizontal size={16} stroke={1.75} aria-hidden="true" />
        Filters{narrowing > 0 ? ` (${narrowing})` : ''}
      </button>
      <label className="history-filter">
        <span>Status</span>
        <select
          value={search.status ?? ''}
          onChange={(event) =>
            onChange({ status: (event.currentTarget.value || undefined) as FinalStatus | undefined })
          }
          data-testid="history-status"
        >
          <option value="">Any</option>
          {FINAL_STATUSES.map((status) => (
            <option key={status} value={status}>
              {STATUS_LOOKS[status].label}
            </option>
          ))}
        </select>
      </label>
      <label className="history-filter">
        <span>From</span>
        <input
          type="date"
          value={search.from ?? ''}
          max={search.to}
          onChange={(event) => onChange({ from: event.currentTarget.value || undefined })}
          data-testid="history-from"
        />
      </label>
      <label className="history-filter">
        <span>To</span>
        <input
          type="date"
          value={search.to ?? ''}
          min={search.from}
          onChange={(event) => onChange({ to: event.currentTarget.value || undefined })}
          data-testid="history-to"
        />
      </label>
      <label className="history-filter history-host-filter">
        <span>Site</span>
        <input type="text" placeholder="any" {...host} data-testid="history-host" />
      </label>
      <label className="history-filter">
        <span>Engine</span>
        <select
          value={search.engine ?? ''}
          onChange={(event) => onChange({ engine: (event.currentTarget.value || undefined) as EngineName | undefined })}
          data-testid="history-engine"
        >
          <option value="">Any</option>
          {engineNameSchema.options.map((engine) => (
            <option key={engine} value={engine}>
              {engine}
            </option>
          ))}
        </select>
      </label>
      {narrowing > 0 && (
        <button
          type="button"
          className="history-clear"
          onClick={() => onChange(NO_FILTERS)}
          data-testid="history-clear"
        >
          <IconX size={14} stroke={2} aria-hidden="true" />
          Clear
        </button>
      )}
    </search>
  );
}
