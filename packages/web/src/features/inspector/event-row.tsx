import { Button } from '@mantine/core';
import { IconChevronRight } from '@tabler/icons-react';
import { memo } from 'react';
import type { InspectedEvent } from './inspected-event.ts';

interface EventRowProps {
  row: InspectedEvent;
  index: number;
  /** Pixels from the top of the list. */
  start: number;
  isExpanded: boolean;
  onToggle: (n: number) => void;
  onDownload: (id: string) => void;
  /** It is as high as what it shows. */
  measure: (element: HTMLElement | null) => void;
}

export const EventRow = memo(function EventRow(props: EventRowProps) {
  const { row, index, start, isExpanded, onToggle, onDownload, measure } = props;
  const { n, id, event, topic, text, data, downloadId } = row;
  return (
    <li
      ref={measure}
      className="inspector-row"
      style={{ transform: `translateY(${start}px)` }}
      data-index={index}
      data-topic={topic}
      data-testid="inspector-row"
    >
      <button type="button" className="inspector-line" aria-expanded={isExpanded} onClick={() => onToggle(n)}>
        <IconChevronRight className="inspector-chevron" size={14} stroke={2} aria-hidden="true" />
        <span className="inspector-time">{formatTime(row.at)}</span>
        <span className="inspector-id">{id ?? ''}</span>
        <span className="inspector-name">{event}</span>
        {/* Ids begin alike, with the time at which they were made. */}
        <span className="inspector-download">{downloadId === null ? '' : `…${downloadId.slice(-6)}`}</span>
        <span className="inspector-text">{isExpanded ? '' : summarise(text)}</span>
      </button>
      {isExpanded && (
        <div className="inspector-detail">
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by the keyboard. */}
          <pre tabIndex={0}>{JSON.stringify(data, null, 2)}</pre>
          {downloadId !== null && (
            <Button variant="subtle" size="compact-sm" onClick={() => onDownload(downloadId)}>
              Only this download
            </Button>
          )}
        </div>
      )}
    </li>
  );
});

/** More than any screen is wide. */
const SUMMARY_LENGTH = 300;

/** Without the id, which stands before it. */
function summarise(text: string): string {
  return text
    .slice(0, SUMMARY_LENGTH * 2)
    .replace(/"download_id":"[^"]*",?/, '')
    .slice(0, SUMMARY_LENGTH);
}

function formatTime(at: number): string {
  const when = new Date(at);
  const two = (value: number) => String(value).padStart(2, '0');
  const ms = String(when.getMilliseconds()).padStart(3, '0');
  return `${two(when.getHours())}:${two(when.getMinutes())}:${two(when.getSeconds())}.${ms}`;
}
