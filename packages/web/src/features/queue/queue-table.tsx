import { type Download, isFinalStatus } from '@hermes/contracts';
import type { SortingState } from '@tanstack/react-table';
import { useVirtualizer } from '@tanstack/react-virtual';
import { type RefObject, useEffect, useImperativeHandle, useRef } from 'react';
import { ROWS_AROUND } from '../downloads/progress-window.ts';
import { useVisibleProgress } from '../downloads/use-visible-progress.ts';
import type { LiveRows } from './live-rows.ts';
import type { QueueTableRow } from './queue-columns.ts';
import { QueueRow, type RowHandlers } from './queue-row.tsx';
import './queue-rows.css';

export interface QueueTableHandle {
  reveal: (index: number) => void;
  /** The ids of the rows on the screen. */
  shown: () => readonly string[];
  isAtTop: () => boolean;
  isHovered: () => boolean;
  focus: () => void;
}

interface QueueTableProps {
  ref: RefObject<QueueTableHandle | null>;
  tableRows: readonly QueueTableRow[];
  rows: LiveRows;
  /** How many there are on the server. */
  total: number;
  selected: Readonly<Record<string, true>>;
  cursor: string | null;
  sorting: SortingState;
  onSorting: (next: SortingState) => void;
  handlers: RowHandlers;
  isStray: (download: Download) => boolean;
  /** The end is near. */
  onEnd: () => void;
}

/** Pixels; the style sheet says the same. */
const ROW_HEIGHT = 44;
const PHONE_ROW_HEIGHT = 56;
/** More is read when fewer rows than this are left below the screen. */
const ROWS_AHEAD = 40;

const NO_ROWS = { startIndex: 0, endIndex: -1 };

const HEADINGS = [
  { id: 'name', title: 'Name' },
  { id: 'progress', title: 'Progress' },
  { id: 'size', title: 'Size' },
  { id: 'speed', title: 'Speed' },
  { id: 'time', title: 'Time' },
  { id: 'priority', title: 'Priority' },
  { id: 'status', title: 'Status' },
] as const;

/** The rows on the screen and a few more, whatever the length of the list. */
export function QueueTable(props: QueueTableProps) {
  const { ref, tableRows, rows, total, selected, cursor, sorting, onSorting, handlers, isStray, onEnd } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const grid = useRef<HTMLTableElement>(null);
  const hovered = useRef(false);
  const rowHeight = window.matchMedia('(width < 48rem)').matches ? PHONE_ROW_HEIGHT : ROW_HEIGHT;
  const virtualizer = useVirtualizer({
    count: tableRows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    getItemKey: (index) => tableRows[index]?.id ?? index,
    overscan: ROWS_AROUND,
  });
  const items = virtualizer.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  const { startIndex, endIndex } = virtualizer.range ?? NO_ROWS;

  useVisibleProgress({ first: startIndex, last: endIndex }, (index) => {
    const id = tableRows[index]?.id;
    const row = id === undefined ? undefined : rows.get(id);
    return row === undefined || isFinalStatus(row.status) ? null : id;
  });

  useEffect(() => {
    if (last + ROWS_AHEAD >= tableRows.length) onEnd();
  }, [last, tableRows.length, onEnd]);

  useImperativeHandle(ref, () => ({
    reveal: (index) => virtualizer.scrollToIndex(index, { align: 'auto' }),
    shown: () => virtualizer.getVirtualItems().flatMap(({ index }) => tableRows[index]?.id ?? []),
    isAtTop: () => (scroller.current?.scrollTop ?? 0) === 0,
    isHovered: () => hovered.current,
    focus: () => grid.current?.focus({ preventScroll: true }),
  }));

  return (
    <div
      ref={scroller}
      className="queue-scroller"
      onPointerEnter={() => {
        hovered.current = true;
      }}
      onPointerLeave={() => {
        hovered.current = false;
      }}
    >
      <table
        ref={grid}
        className="queue-grid-table"
        // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: HTML in ARIA allows a table to be a grid.
        role="grid"
        aria-label="Downloads"
        aria-multiselectable="true"
        // The heading is the first.
        aria-rowcount={total + 1}
        aria-activedescendant={cursor === null ? undefined : `queue-row-${cursor}`}
        tabIndex={0}
        data-testid="queue-grid"
      >
        <thead>
          <tr className="queue-head queue-grid" aria-rowindex={1}>
            <th className="queue-check">
              <span className="visually-hidden">Chosen</span>
            </th>
            {HEADINGS.map(({ id, title }) => (
              <Heading key={id} id={id} title={title} sorting={sorting} onSorting={onSorting} />
            ))}
            <th className="queue-action">
              <span className="visually-hidden">Action</span>
            </th>
          </tr>
        </thead>
        <tbody className="queue-body live" style={{ height: virtualizer.getTotalSize() }}>
          {items.map(({ index, start }) => {
            const id = tableRows[index]?.id;
            if (id === undefined) return null;
            return (
              <QueueRow
                key={id}
                rows={rows}
                id={id}
                index={index}
                start={start}
                isSelected={selected[id] === true}
                isCursor={cursor === id}
                isStray={isStray}
                {...handlers}
              />
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

interface HeadingProps {
  id: string;
  title: string;
  sorting: SortingState;
  onSorting: (next: SortingState) => void;
}

/** Pressed again it turns the order round, a third time it goes back to the server's. */
function Heading({ id, title, sorting, onSorting }: HeadingProps) {
  const sort = sorting.find((entry) => entry.id === id);
  const direction = sort === undefined ? 'none' : sort.desc ? 'descending' : 'ascending';
  const next: SortingState = sort === undefined ? [{ id, desc: false }] : sort.desc ? [] : [{ id, desc: true }];
  return (
    <th className={`queue-${id}`} aria-sort={direction}>
      <button type="button" className="queue-sort" onClick={() => onSorting(next)}>
        {title}
        <span aria-hidden="true" className="queue-sort-arrow">
          {direction === 'none' ? '' : direction === 'ascending' ? '↑' : '↓'}
        </span>
      </button>
    </th>
  );
}
