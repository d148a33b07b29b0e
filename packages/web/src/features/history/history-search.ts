import { engineNameSchema, FINAL_STATUSES, type FinalStatus } from '@hermes/contracts';
import type { HistoryFilters } from '@hermes/react';

/** What the address says of the history page, so that what one sees can be sent to another. */
export interface HistorySearch {
  /** Days of whoever looks, `2026-11-22`; both belong to it. */
  from?: string | undefined;
  to?: string | undefined;
  status?: FinalStatus | undefined;
  engine?: NonNullable<HistoryFilters['engine']> | undefined;
  host?: string | undefined;
  /** What is sought. */
  q?: string | undefined;
  /** `next_cursor` of the page before; absent: the newest. */
  cursor?: string | undefined;
}

/** Rows of a page. */
const LIMIT = 50;

/** Anything else in the address is left out. */
export function readHistorySearch(raw: Record<string, unknown>): HistorySearch {
  const status = FINAL_STATUSES.find((one) => one === raw.status);
  const engine = engineNameSchema.safeParse(raw.engine).data;
  const search = {
    from: readDay(raw.from),
    to: readDay(raw.to),
    status,
    engine,
    host: readText(raw.host),
    q: readText(raw.q),
    cursor: readText(raw.cursor),
  };
  return Object.fromEntries(Object.entries(search).filter(([, value]) => value !== undefined));
}

/** What narrows, as the API takes it: of the page and of an export alike. */
export function historyFilters({ from, to, status, engine, host, q }: HistorySearch): HistoryFilters {
  return {
    ...(from === undefined ? {} : { from: startOfDay(from, 0) }),
    ...(to === undefined ? {} : { to: startOfDay(to, 1) }),
    ...(status === undefined ? {} : { status: [status] }),
    ...(engine === undefined ? {} : { engine }),
    ...(host === undefined ? {} : { host }),
    ...(q === undefined ? {} : { q }),
  };
}

export function historyPage(search: HistorySearch): HistoryFilters {
  const { cursor } = search;
  return { ...historyFilters(search), limit: LIMIT, ...(cursor === undefined ? {} : { cursor }) };
}

/** How many of the filters narrow anything. */
export function countFilters(search: HistorySearch): number {
  return Object.keys(historyFilters(search)).length;
}

/** Midnight in the time zone of whoever looks, `after` days later. */
function startOfDay(day: string, after: number): string {
  const [year = 0, month = 1, date = 1] = day.split('-').map(Number);
  return new Date(year, month - 1, date + after).toISOString();
}

function readDay(value: unknown): string | undefined {
  if (typeof value !== 'string' || !/^\d{4}-\d{2}-\d{2}$/.test(value)) return undefined;
  return Number.isNaN(Date.parse(value)) ? undefined : value;
}

/** A number in the address is read as one. */
function readText(value: unknown): string | undefined {
  if (typeof value !== 'string' && typeof value !== 'number') return undefined;
  const text = String(value).slice(0, 200);
  return text === '' ? undefined : text;
}
