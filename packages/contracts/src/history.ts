import { z } from 'zod';
import { downloadSchema, downloadStatusSchema, engineNameSchema } from './download.ts';
import { listParam } from './list-param.ts';
import { pageLimitSchema } from './rest.ts';

/** What narrows the history, in a page of it as in an export. */
const filters = {
  /** Of `completed_at`; from inclusive, to exclusive. */
  from: z.iso.datetime().optional(),
  to: z.iso.datetime().optional(),
  status: listParam(downloadStatusSchema).optional(),
  engine: engineNameSchema.optional(),
  /** The host of the URL, whole. */
  host: z.string().min(1).max(255).optional(),
  /** Part of the URL or the file name. */
  q: z.string().max(200).optional(),
};

export const historyQuerySchema = z.strictObject({
  ...filters,
  limit: pageLimitSchema,
  cursor: z.string().max(200).optional(),
});
export type HistoryQuery = z.infer<typeof historyQuerySchema>;

/** Newest first. */
export const historyResponseSchema = z.object({
  items: z.array(downloadSchema),
  /** How many match the filter. */
  total: z.int().nonnegative(),
  next_cursor: z.string().nullable(),
});
export type HistoryResponse = z.infer<typeof historyResponseSchema>;

export const historyExportQuerySchema = z.strictObject({ ...filters, format: z.enum(['csv', 'json', 'ndjson']) });
export type HistoryExportQuery = z.infer<typeof historyExportQuerySchema>;
