import type { Download } from '@hermes/contracts';

const COLUMNS: Record<string, (download: Download) => string | number | null | undefined> = {
  download_id: (download) => download.download_id,
  status: (download) => download.status,
  url: (download) => download.url,
  filename: (download) => download.filename,
  engine: (download) => download.engine,
  priority: (download) => download.priority,
  attempt: (download) => download.attempt,
  downloaded_bytes: (download) => download.downloaded_bytes,
  total_bytes: (download) => download.total_bytes,
  path: (download) => download.result?.path,
  size: (download) => download.result?.size,
  sha256: (download) => download.result?.sha256,
  content_type: (download) => download.result?.content_type,
  duration_ms: (download) => download.result?.duration_ms,
  error_code: (download) => download.error?.code,
  error_message: (download) => download.error?.message,
  session_id: (download) => download.session_id,
  created_at: (download) => download.created_at,
  started_at: (download) => download.started_at,
  completed_at: (download) => download.completed_at,
};

/** The first line, as RFC 4180 has it. */
export const CSV_HEADER = `${Object.keys(COLUMNS).join(',')}\r\n`;

/** One download as a line of RFC 4180; what is unknown is empty. */
export function csvRow(download: Download): string {
  return `${Object.values(COLUMNS)
    .map((read) => csvCell(read(download) ?? ''))
    .join(',')}\r\n`;
}

/**
 * What a spreadsheet would run as a formula gets an apostrophe before it: file names and URLs come from strangers. The
 * full-width forms are formulas to some as well.
 */
function csvCell(value: string | number): string {
  if (typeof value === 'number') return String(value);
  const text = /^[=+\-@\t\r\n＝＋－＠]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
