import type { Period } from '@hermes/contracts';

interface PeriodWords {
  name: string;
  /** After "within". */
  span: string;
  /** What one bar stands for. */
  bucket: string;
}

export const PERIOD_WORDS: Record<Period, PeriodWords> = {
  day: { name: 'Day', span: 'a day', bucket: 'hour' },
  week: { name: 'Week', span: 'a week', bucket: 'day' },
  month: { name: 'Month', span: 'a month', bucket: 'day' },
  year: { name: 'Year', span: 'a year', bucket: 'month' },
};

const UTC = { timeZone: 'UTC' } as const;

/** Below a bar. The server counts days and months in UTC; an hour is the same everywhere, and told as of here. */
export function shortLabel(period: Period, from: string): string {
  const when = new Date(from);
  switch (period) {
    case 'day':
      return when.toLocaleTimeString(undefined, { hour: '2-digit', minute: '2-digit' });
    case 'week':
      return when.toLocaleDateString(undefined, { ...UTC, weekday: 'short' });
    case 'month':
      return when.toLocaleDateString(undefined, { ...UTC, day: 'numeric', month: 'short' });
    case 'year':
      return when.toLocaleDateString(undefined, { ...UTC, month: 'short' });
  }
}

/** Where there is room for all of it. */
export function longLabel(period: Period, from: string): string {
  const when = new Date(from);
  switch (period) {
    case 'day':
      return when.toLocaleString(undefined, { weekday: 'short', hour: '2-digit', minute: '2-digit' });
    case 'week':
    case 'month':
      return when.toLocaleDateString(undefined, { ...UTC, weekday: 'short', day: 'numeric', month: 'short' });
    case 'year':
      return when.toLocaleDateString(undefined, { ...UTC, month: 'long', year: 'numeric' });
  }
}
