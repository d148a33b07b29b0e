import type { Storage } from '@hermes/contracts';
import { formatBytes } from '../../format.ts';
import { diskShares } from './disk-shares.ts';

/** The disk as one bar, with the marks from which it is too full. */
export function DiskBar({ storage }: { storage: Storage }) {
  const { used_space, free_space, downloads_size, level, warn_percent, stop_percent } = storage;
  const shares = diskShares(storage);
  const used = Math.floor(shares.used);
  const parts = [
    { part: 'downloads', name: 'Downloads', size: downloads_size },
    { part: 'others', name: 'Everything else', size: Math.max(0, used_space - downloads_size) },
    { part: 'free', name: 'Free', size: free_space },
    ...(shares.reserved > 0 ? [{ part: 'reserved', name: 'Out of reach', size: shares.reserved }] : []),
  ];
  return (
    <section className="storage-panel live" aria-labelledby="disk-title" data-level={level} data-testid="disk">
      <div className="disk-head">
        <h2 id="disk-title">Disk</h2>
        <p>
          <strong data-testid="disk-used">{used}% in use</strong>
          <span>
            {formatBytes(free_space)} free of {formatBytes(used_space + free_space)}
          </span>
        </p>
      </div>
      <div className="disk-plot">
        {/* biome-ignore lint/a11y/useSemanticElements: a native meter cannot be drawn in parts. */}
        <div
          className="disk-bar"
          role="meter"
          aria-labelledby="disk-title"
          aria-valuemin={0}
          aria-valuemax={100}
          aria-valuenow={used}
          aria-valuetext={`${used}% in use, ${formatBytes(free_space)} free`}
        >
          <span data-part="downloads" style={{ width: `${shares.downloads}%` }} />
          <span data-part="others" style={{ width: `${shares.others}%` }} />
        </div>
        <Mark percent={warn_percent} what="Warning" />
        <Mark percent={stop_percent} what="Stop" />
      </div>
      <dl className="disk-parts">
        {parts.map(({ part, name, size }) => (
          <div key={part} data-part={part}>
            <dt>{name}</dt>
            <dd>{formatBytes(size)}</dd>
          </div>
        ))}
      </dl>
      <p className="disk-note">
        From {warn_percent}% in use everyone is warned; from {stop_percent}% no new download begins until there is
        space.
      </p>
    </section>
  );
}

function Mark({ percent, what }: { percent: number; what: string }) {
  return <span className="disk-mark" style={{ insetInlineStart: `${percent}%` }} title={`${what} at ${percent}%`} />;
}
