import {
  type Download,
  downloadErrorSchema,
  downloadResultSchema,
  downloadSchema,
  isFinalStatus,
} from '@hermes/contracts';
import type { DownloadsTable } from './schema.ts';

/** The row of a download as the log told it at `download.seq` of `epoch`. */
export function toRow(download: Download, epoch: string): DownloadsTable {
  const { error, result, ...columns } = download;
  return {
    ...columns,
    epoch,
    error: error === null ? null : JSON.stringify(error),
    result: result === null ? null : JSON.stringify(result),
    ...derivedColumns(download),
  };
}

/** The columns that say nothing new, and are there to be searched. */
export function derivedColumns({
  status,
  url,
  filename,
  completed_at,
  updated_at,
}: Pick<Download, 'status' | 'url' | 'filename' | 'completed_at' | 'updated_at'>) {
  return {
    ended_at: isFinalStatus(status) ? new Date(completed_at ?? updated_at).toISOString() : null,
    host: URL.parse(url)?.hostname ?? '',
    search: `${filename ?? ''}\n${url}`.toLowerCase(),
  };
}

/** The download in a row. What only a running download has (speed, ETA) is as the last change of status told it. */
export function fromRow(row: DownloadsTable): Download {
  const { epoch: _, ended_at: _ended, host: _host, search: _search, error, result, ...columns } = row;
  return {
    ...columns,
    error: error === null ? null : downloadErrorSchema.parse(JSON.parse(error)),
    result: result === null ? null : downloadResultSchema.parse(JSON.parse(result)),
  };
}

/** @returns null for text that is no whole download: it did not come from the publish script. */
export function parseDownload(json: string): Download | null {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return null;
  }
  return downloadSchema.safeParse(value).data ?? null;
}

/** @returns the download in a row of a database that another version has written; null if it is none. */
export function downloadOfRow({ error, result, ...columns }: Record<string, unknown>): Download | null {
  const parsed = (value: unknown) => (typeof value === 'string' ? JSON.parse(value) : null);
  try {
    return downloadSchema.parse({ ...columns, error: parsed(error), result: parsed(result) });
  } catch {
    return null;
  }
}
