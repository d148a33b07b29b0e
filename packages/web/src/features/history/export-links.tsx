import { useHermesApi } from '@hermes/react';
import { IconFileDownload } from '@tabler/icons-react';
import { type HistorySearch, historyFilters } from './history-search.ts';

const FORMATS = [
  { format: 'csv', label: 'CSV' },
  { format: 'json', label: 'JSON' },
  { format: 'ndjson', label: 'NDJSON' },
] as const;

/** Everything that the filters let through, not only the page: the server streams it as a file. */
export function ExportLinks({ search }: { search: HistorySearch }) {
  const api = useHermesApi();
  return (
    <div className="history-export">
      <span className="history-export-title">
        <IconFileDownload size={16} stroke={1.75} aria-hidden="true" />
        Export
      </span>
      {FORMATS.map(({ format, label }) => (
        <a
          key={format}
          className="history-export-link"
          href={api.historyExportUrl(format, historyFilters(search))}
          download
          aria-label={`Export as ${label}`}
          data-testid={`export-${format}`}
        >
          {label}
        </a>
      ))}
    </div>
  );
}
