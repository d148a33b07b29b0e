import type { Download, HistoryExportQuery } from '@hermes/contracts';
import { CSV_HEADER, csvRow } from './csv-row.ts';
import type { HistoryPosition } from './history-cursor.ts';
import type { HistoryFilter } from './history-filter.ts';
import type { HistoryStore } from './history-store.ts';

/** Read at once: this is what an export holds in memory, however long the history is. */
const PAGE = 500;

interface Format {
  contentType: string;
  begin: string;
  row(download: Download): string;
  separator: string;
  end: string;
}

export const EXPORT_FORMATS: Record<HistoryExportQuery['format'], Format> = {
  csv: {
    contentType: 'text/csv; charset=utf-8; header=present',
    begin: CSV_HEADER,
    row: csvRow,
    separator: '',
    end: '',
  },
  json: { contentType: 'application/json', begin: '[\n', row: JSON.stringify, separator: ',\n', end: '\n]\n' },
  ndjson: {
    contentType: 'application/x-ndjson',
    begin: '',
    row: (download) => `${JSON.stringify(download)}\n`,
    separator: '',
    end: '',
  },
};

/**
 * The history as text, newest first, a page at a time: the next one is read when the last has been taken. Each download
 * comes once at most, also if it is begun again and ends again meanwhile.
 */
export async function* exportHistory(
  history: HistoryStore,
  filter: HistoryFilter,
  format: Format,
): AsyncGenerator<string, void, void> {
  yield format.begin;
  let after: HistoryPosition | null = null;
  let separator = '';
  for (;;) {
    const rows: Awaited<ReturnType<HistoryStore['page']>> = await history.page(filter, after, PAGE);
    const last = rows.at(-1);
    if (last === undefined) break;
    after = last.position;
    yield separator + rows.map(({ download }) => format.row(download)).join(format.separator);
    separator = format.separator;
  }
  yield format.end;
}
