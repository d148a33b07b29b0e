import type { Download } from '@hermes/contracts';
import { Button } from '@mantine/core';
import { DownloadRow } from './download-row.tsx';

interface DownloadGroupProps {
  title: string;
  timeTitle: string;
  items: readonly Download[];
  /** How many there are in all, in the list or not. */
  total: number;
  /** Asks for a longer list; absent when that is not possible. */
  onMore?: (() => void) | undefined;
}

export function DownloadGroup({ title, timeTitle, items, total, onMore }: DownloadGroupProps) {
  if (items.length === 0) return null;
  return (
    <section className="download-group" aria-label={title}>
      {/* For the eye: every row says all of it by itself. */}
      <div className="download-columns" aria-hidden="true">
        <h2 className="download-columns-title">{title}</h2>
        <span className="download-columns-size">Size</span>
        <span className="download-columns-speed">{title === 'Active' ? 'Speed' : ''}</span>
        <span className="download-columns-time">{timeTitle}</span>
      </div>
      <ul className="download-rows live" aria-label={title}>
        {items.map((download) => (
          <DownloadRow key={download.download_id} download={download} />
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
