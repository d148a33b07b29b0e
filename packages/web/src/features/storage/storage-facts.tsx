import type { Storage, StorageScan } from '@hermes/contracts';
import { formatBytes, formatDuration, formatWhen, UNKNOWN } from '../../format.ts';

interface StorageFactsProps {
  storage: Storage;
  /** undefined until it is known. */
  scan: StorageScan | undefined;
}

/** What the downloads take, and how well that is known. */
export function StorageFacts({ storage, scan }: StorageFactsProps) {
  const { downloads_count, downloads_size, generated_at, is_stale } = storage;
  const facts = [
    { name: 'Finished files', value: downloads_count.toLocaleString('en') },
    { name: 'They take', value: formatBytes(downloads_size) },
    { name: 'On average', value: downloads_count === 0 ? UNKNOWN : formatBytes(downloads_size / downloads_count) },
  ];
  return (
    <section className="storage-panel live" aria-labelledby="files-title" data-testid="storage-facts">
      <h2 id="files-title">Downloads</h2>
      <dl className="storage-figures">
        {facts.map(({ name, value }) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <p className="disk-note" role="status" data-testid="scan-state">
        {describeScan(scan)} Counted{' '}
        <time dateTime={generated_at} title={new Date(generated_at).toLocaleString()}>
          {formatWhen(generated_at, new Date())}
        </time>
        {is_stale ? '; it may have changed since.' : '.'}
      </p>
    </section>
  );
}

function describeScan(scan: StorageScan | undefined): string {
  if (scan === undefined) return '';
  if (scan.status === 'running') return `Counting: ${scan.files_scanned.toLocaleString('en')} files so far…`;
  if (scan.status === 'failed') return `The last count failed: ${scan.error ?? 'the log says why'}.`;
  if (scan.duration_ms === null) return '';
  return `The last count took ${formatDuration(scan.duration_ms / 1000)}.`;
}
