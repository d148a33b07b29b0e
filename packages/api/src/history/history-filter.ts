import { type DownloadStatus, type EngineName, FINAL_STATUSES, type HistoryQuery } from '@hermes/contracts';
import { ProblemError } from '@hermes/runtime';

/** What narrows the history; null: nothing. */
export interface HistoryFilter {
  /** ISO 8601 with milliseconds; from inclusive, to exclusive. */
  from: string;
  to: string | null;
  statuses: readonly DownloadStatus[] | null;
  engine: EngineName | null;
  host: string | null;
  /** In lower case. */
  text: string | null;
}

/** Before every time there is. */
const BEGINNING = '';

/**
 * @throws {ProblemError} VALIDATION_FAILED for what no schema sees.
 */
export function historyFilter(
  query: Pick<HistoryQuery, 'from' | 'to' | 'status' | 'engine' | 'host' | 'q'>,
): HistoryFilter {
  const from = query.from === undefined ? BEGINNING : new Date(query.from).toISOString();
  const to = query.to === undefined ? null : new Date(query.to).toISOString();
  if (to !== null && to < from) refuse('query.to', 'must not be before query.from');
  const statuses = query.status === undefined ? null : [...new Set(query.status)];
  return {
    from,
    to,
    // All that there are: no need to look.
    statuses: statuses !== null && FINAL_STATUSES.every((status) => statuses.includes(status)) ? null : statuses,
    engine: query.engine ?? null,
    host: query.host === undefined ? null : hostOf(query.host),
    text: query.q === undefined || query.q === '' ? null : query.q.toLowerCase(),
  };
}

/** As it stands in URLs: lower case, in ASCII. */
function hostOf(text: string): string {
  const url = /[/?#@\\]|:\d*$/.test(text) ? null : URL.parse(`http://${text}`);
  if (url === null) refuse('query.host', 'must be a host name without a port');
  return url.hostname;
}

function refuse(field: string, message: string): never {
  throw new ProblemError('VALIDATION_FAILED', { detail: `${field} ${message}`, invalidParams: [{ field, message }] });
}
