import { useConnection } from '@hermes/react';
import { IconAntennaBars5, IconAntennaBarsOff, IconFilterOff } from '@tabler/icons-react';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useRef, useState } from 'react';
import { PageMessage } from '../shell/page-message.tsx';
import { EventRow } from './event-row.tsx';
import type { InspectedEvent } from './inspected-event.ts';

interface EventRowsProps {
  /** Newest first. */
  rows: readonly InspectedEvent[];
  /** There are others, which the filter keeps back. */
  isFiltered: boolean;
  /** Somebody reads a row, or what is further down. */
  onRead: () => void;
  onDownload: (id: string) => void;
}

/** Pixels; the style sheet says the same. */
const ROW_HEIGHT = 36;
const OVERSCAN = 8;

/** The rows on the screen and a few more, of the thousands that are held. */
export function EventRows({ rows, isFiltered, onRead, onDownload }: EventRowsProps) {
  const { state } = useConnection();
  const scroller = useRef<HTMLDivElement>(null);
  const [expanded, setExpanded] = useState<ReadonlySet<number>>(new Set());
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    getItemKey: (index) => rows[index]?.n ?? index,
    overscan: OVERSCAN,
  });

  function toggle(n: number) {
    if (!expanded.has(n)) onRead();
    setExpanded((before) =>
      before.has(n) ? new Set([...before].filter((other) => other !== n)) : new Set([...before, n]),
    );
  }

  return (
    <div
      ref={scroller}
      className="inspector-scroller"
      onScroll={(event) => event.currentTarget.scrollTop > ROW_HEIGHT && onRead()}
    >
      {rows.length === 0 &&
        (isFiltered ? (
          <PageMessage Icon={IconFilterOff} title="Nothing matches" detail="What has come so far is not like that." />
        ) : state === 'off' || state === 'polling' ? (
          <PageMessage
            Icon={IconAntennaBarsOff}
            title="There is no stream to look into"
            detail="The pages are refreshed every few seconds instead. What a stream says is listed here once there is one."
          />
        ) : (
          <PageMessage
            Icon={IconAntennaBars5}
            title="Nothing has come yet"
            detail="Add a download, and every event about it is listed here."
          />
        ))}
      <ul className="inspector-rows" aria-label="Events, newest first" style={{ height: virtualizer.getTotalSize() }}>
        {virtualizer.getVirtualItems().map(({ index, start }) => {
          const row = rows[index];
          return (
            row && (
              <EventRow
                key={row.n}
                row={row}
                index={index}
                start={start}
                isExpanded={expanded.has(row.n)}
                onToggle={toggle}
                onDownload={onDownload}
                measure={virtualizer.measureElement}
              />
            )
          );
        })}
      </ul>
    </div>
  );
}
