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

/** Of `/stats`, `/timeline` and `/timeline/summary`. */
export const periodQuerySchema = z.strictObject({ period: periodSchema.default('week') });

/** What happened within one bucket of a period; hours of a day, days of a week or month, months of a year. */
export const timelineBucketSchema = z.object({
  from: z.iso.datetime(),
  to: z.iso.datetime(),
  downloads: z.int().nonnegative(),
  completed: z.int().nonnegative(),
  failed: z.int().nonnegative(),
  cancelled: z.int().nonnegative(),
  /** Bytes of the completed downloads. */
  bytes: z.int().nonnegative(),
});

/** Oldest first, without holes: a bucket in which nothing happened is there with zeros. */
export const timelineSchema = z.object({
  period: periodSchema,
  from: z.iso.datetime(),
  to: z.iso.datetime(),
  buckets: z.array(timelineBucketSchema),
});
export type Timeline = z.infer<typeof timelineSchema>;

/** The timeline in a few numbers. */
export const timelineSummarySchema = z.object({
  period: periodSchema,
  from: z.iso.datetime(),
  to: z.iso.datetime(),
  downloads: z.int().nonnegative(),
  bytes: z.int().nonnegative(),
  /** Downloads per bucket; null when there is none. */
  average_downloads: z.number().nonnegative().nullable(),
  /** The bucket with the most downloads; null when there was none. */
  busiest: timelineBucketSchema.nullable(),
});
export type TimelineSummary = z.infer<typeof timelineSummarySchema>;
