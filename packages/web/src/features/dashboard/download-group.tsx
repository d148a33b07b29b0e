import { type Download, isFinalStatus } from '@hermes/contracts';
import { Button } from '@mantine/core';
import { type CSSProperties, useRef, useState } from 'react';
import { ROWS_AROUND } from '../downloads/progress-window.ts';
import { useVisibleProgress } from '../downloads/use-visible-progress.ts';
import { DownloadRow } from './download-row.tsx';
import type { ListedRows } from './listed-rows.ts';
import { useRowsInView } from './use-rows-in-view.ts';

interface DownloadGroupProps {
  title: string;
  timeTitle: string;
  items: readonly Download[];
  /** Tells rows what runs in them; without it they are drawn whenever that changes. */
  rows?: ListedRows | undefined;
  /** What comes after these as soon as it begins: nobody has to wait for its progress then. */
  next: readonly Download[];
  /** How many there are in all, in the list or not. */
  total: number;
  /** Asks for a longer list; absent when that is not possible. */
  onMore?: (() => void) | undefined;
}

/** One part of the list. Only the rows that can be seen are drawn, and a few more: it is as high as if all were. */
export function DownloadGroup({ title, timeTitle, items, rows, next, total, onMore }: DownloadGroupProps) {
  const list = useRef<HTMLUListElement>(null);
  const seen = useRowsInView(list, items.length);
  const [focusedId, setFocusedId] = useState<string | null>(null);
  useVisibleProgress(seen, (index) => {
    const row = items[index] ?? next[index - items.length];
    return row === undefined || isFinalStatus(row.status) ? null : row.download_id;
  });
  if (items.length === 0) return null;

  // Whoever has the focus in a row keeps it, however far they scroll away.
  const focused = focusedId === null ? -1 : items.findIndex((row) => row.download_id === focusedId);
  const pinned = focused < 0 ? seen.first : focused;
  const from = Math.max(0, Math.min(seen.first - ROWS_AROUND, pinned));
  const to = Math.min(items.length, Math.max(seen.last + 1 + ROWS_AROUND, pinned + 1));
  const drawn = items.slice(from, to);
  const style = { '--rows-above': from, '--rows-below': items.length - to } as CSSProperties;
  const isPart = drawn.length < items.length;
  return (
    <section className="download-group" aria-label={title}>
      {/* For the eye: every row says all of it by itself. */}
      <div className="download-columns" aria-hidden="true">
        <h2 className="download-columns-title">{title}</h2>
        <span className="download-columns-size">Size</span>
        <span className="download-columns-speed">{title === 'Active' ? 'Speed' : ''}</span>
        <span className="download-columns-time">{timeTitle}</span>
      </div>
      <ul
        ref={list}
        className="download-rows live"
        aria-label={title}
        style={style}
        onFocus={({ target }) => setFocusedId(downloadOf(target))}
        onBlur={({ target, relatedTarget }) => {
          // A window that is left has it still when it is come back to.
          if (target !== document.activeElement) setFocusedId(downloadOf(relatedTarget));
        }}
      >
        {drawn.map((download, index) => (
          <DownloadRow
            key={download.download_id}
            download={download}
            rows={rows}
            place={isPart ? from + index + 1 : undefined}
            of={isPart ? items.length : undefined}
          />
        ))}
      </ul>
      {total > items.length && (
        <div className="download-more">
          <span>
            {items.length} of {total.toLocaleString('en')} shown
          </span>
          {onMore && (
            <Button variant="subtle" size="compact-sm" onClick={onMore}>
              Show more
            </Button>
          )}
        </div>
      )}
    </section>
  );
}

function downloadOf(element: Element | null): string | null {
  return element?.closest<HTMLElement>('[data-download-id]')?.dataset.downloadId ?? null;
}
