import { IconChevronLeft, IconChevronRight, IconChevronsLeft } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import type { HistorySearch } from './history-search.ts';

interface HistoryPagerProps {
  search: HistorySearch;
  /** Rows of this page. */
  shown: number;
  /** Rows that match. */
  total: number;
  /** Where the page of older ones begins; null: this is the last. */
  next: string | null;
}

/** The newest page has no cursor. */
const NEWEST = '';

/** From page to page. The server only knows the way to older ones; the way back is remembered while the page is open. */
export function HistoryPager({ search, shown, total, next }: HistoryPagerProps) {
  const [newerOf, setNewerOf] = useState<ReadonlyMap<string, string>>(new Map());
  const here = search.cursor ?? NEWEST;
  const newer = newerOf.get(here);
  const remember = () => setNewerOf((before) => (next === null ? before : new Map(before).set(next, here)));
  const at = (cursor: string) => ({ ...search, cursor: cursor === NEWEST ? undefined : cursor });
  return (
    <nav className="history-pager" aria-label="Pages of the history">
      <span className="history-total" data-testid="history-total">
        {shown < total
          ? `${shown.toLocaleString('en')} of ${total.toLocaleString('en')}`
          : `${total.toLocaleString('en')} in all`}
      </span>
      {here !== NEWEST && (
        <Link to="/history" search={at(NEWEST)} className="history-step" resetScroll>
          <IconChevronsLeft size={16} stroke={1.75} aria-hidden="true" />
          Newest
        </Link>
      )}
      {newer !== undefined && newer !== NEWEST && (
        <Link to="/history" search={at(newer)} className="history-step" resetScroll>
          <IconChevronLeft size={16} stroke={1.75} aria-hidden="true" />
          Newer
        </Link>
      )}
      {next !== null && (
        <Link
          to="/history"
          search={at(next)}
          className="history-step"
          onClick={remember}
          resetScroll
          data-testid="history-older"
        >
          Older
          <IconChevronRight size={16} stroke={1.75} aria-hidden="true" />
        </Link>
      )}
    </nav>
  );
}
