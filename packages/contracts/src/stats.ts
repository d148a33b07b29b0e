import { z } from 'zod';

export const PERIODS = ['day', 'week', 'month', 'year'] as const;
export const periodSchema = z.enum(PERIODS);
export type Period = z.infer<typeof periodSchema>;

/** Totals over one period, from projections. */
export const statsSchema = z.object({
  period: periodSchema,
  from: z.iso.datetime(),
  to: z.iso.datetime(),
  downloads: z.int().nonnegative(),
  completed: z.int().nonnegative(),
  failed: z.int().nonnegative(),
  cancelled: z.int().nonnegative(),
  /** Bytes of the completed downloads. */
  bytes: z.int().nonnegative(),
  /** 0–1 over the downloads that ended as completed or failed; null when none did. */
  success_rate: z.number().min(0).max(1).nullable(),
  /** Milliseconds over the completed downloads; null when there is none. */
  average_duration_ms: z.number().nonnegative().nullable(),
  /** Bytes per second over the completed downloads; null when there is none. */
  average_speed: z.number().nonnegative().nullable(),
});
export type Stats = z.infer<typeof statsSchema>;
