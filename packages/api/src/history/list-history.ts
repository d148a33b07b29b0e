import type { HistoryQuery, HistoryResponse } from '@hermes/contracts';
import { decodeHistoryCursor, encodeHistoryCursor } from './history-cursor.ts';
import { historyFilter } from './history-filter.ts';
import type { HistoryStore } from './history-store.ts';

/**
 * A page of the history.
 * @throws {ProblemError} VALIDATION_FAILED
 */
export async function listHistory(history: HistoryStore, query: HistoryQuery): Promise<HistoryResponse> {
  const filter = historyFilter(query);
  const after = query.cursor === undefined ? null : decodeHistoryCursor(query.cursor);
  const rows = await history.page(filter, after, query.limit + 1);
  const page = rows.slice(0, query.limit);
  const last = page.at(-1);
  const isLast = rows.length <= query.limit;
  return {
    items: page.map(({ download }) => download),
    // A first page that holds all has counted it; looking for text twice would cost twice.
    total: isLast && after === null ? rows.length : await history.count(filter),
    next_cursor: isLast || last === undefined ? null : encodeHistoryCursor(last.position),
  };
}
