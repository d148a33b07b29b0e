import { z } from 'zod';
import { downloadIdSchema, downloadStatusSchema } from './download.ts';
import { topicSchema } from './events.ts';
import { STREAM_INTERVALS_MS } from './events-rest.ts';
import { listParam } from './list-param.ts';

const intervalSchema = z.coerce
  .number()
  .refine((value) => (STREAM_INTERVALS_MS as readonly number[]).includes(value), {
    error: `must be one of ${STREAM_INTERVALS_MS.join(', ')}`,
  })
  .default(0);

/** Every topic there is, and some said twice. */
const MAX_CHANNELS = 12;
/** What a page shows at once. */
const MAX_DOWNLOAD_IDS = 100;

/** What any stream takes in its query, beside what is its own. A malformed cursor is no error: it is answered by `reset`. */
const anyStream = {
  last_event_id: z.string().max(200).optional(),
  interval_ms: intervalSchema,
  /** A stream token, for those who cannot send a header. */
  token: z.string().min(1).max(200).optional(),
};

export const streamQuerySchema = z.strictObject({
  ...anyStream,
  /** Default: all that the credential may read. */
  channels: listParam(topicSchema, MAX_CHANNELS).optional(),
  /** Narrows `download_progress` only. */
  download_id: listParam(downloadIdSchema, MAX_DOWNLOAD_IDS).optional(),
});
export type StreamQuery = z.infer<typeof streamQuerySchema>;

export const topicStreamQuerySchema = z.strictObject(anyStream);

export const queueStreamQuerySchema = z.strictObject({
  ...anyStream,
  /** Matches the new or the previous status. */
  status: listParam(downloadStatusSchema).optional(),
});

export const testStreamQuerySchema = z.strictObject({
  token: anyStream.token,
  count: z.coerce.number().int().min(1).max(1000).default(10),
  interval_ms: z.coerce.number().int().min(10).max(60_000).default(1000),
});
