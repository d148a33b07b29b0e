import { type Period, periodSchema } from '@hermes/contracts';

export interface AnalyticsSearch {
  /** Absent: a week. */
  period?: Period | undefined;
}

export const DEFAULT_PERIOD: Period = 'week';

/** Anything else in the address is left out. */
export function readAnalyticsSearch({ period }: Record<string, unknown>): AnalyticsSearch {
  const read = periodSchema.safeParse(period).data;
  return read === undefined || read === DEFAULT_PERIOD ? {} : { period: read };
}
