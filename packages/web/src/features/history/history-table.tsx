import type { Download } from '@hermes/contracts';
import { HistoryRow } from './history-row.tsx';

interface HistoryTableProps {
  items: readonly Download[];
  /** These are still the rows of the filters before. */
  isOld: boolean;
  onRetry: (id: string) => void;
  onDelete: (download: Download) => void;
}

export function HistoryTable({ items, isOld, onRetry, onDelete }: HistoryTableProps) {
  return (
    <table className="history-table live" aria-busy={isOld} data-old={isOld || undefined}>
      <caption className="visually-hidden">Downloads that have ended, newest first</caption>
      <thead>
        <tr className="history-columns">
          <th scope="col">Name</th>
          <th scope="col" className="history-number">
            Size
          </th>
          <th scope="col" className="history-number">
            Took
          </th>
          <th scope="col" className="history-number">
            Speed
          </th>
          <th scope="col">Ended</th>
          <th scope="col">
            <span className="visually-hidden">Actions</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {items.map((download) => (
          <HistoryRow key={download.download_id} download={download} onRetry={onRetry} onDelete={onDelete} />
        ))}
      </tbody>
    </table>
  );
}
