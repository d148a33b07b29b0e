import { z } from 'zod';
import { cursorSchema } from './cursor.ts';
import { countsSchema, downloadSchema } from './download.ts';
import { topicSchema } from './events.ts';

/** First on every stream. */
export const connectedSchema = z.object({
  connection_id: z.string().min(1),
  /** True if the stream goes on from the client's cursor without a gap; false on a fresh start and after `reset`. */
  recovered: z.boolean(),
  cursor: cursorSchema,
  server_time: z.iso.datetime(),
  /** Seconds. */
  heartbeat_interval: z.number().positive(),
  topics: z.array(topicSchema),
});
export type Connected = z.infer<typeof connectedSchema>;

export const RESET_REASONS = ['trimmed', 'epoch_changed', 'malformed', 'from_the_future', 'overflow'] as const;
export const resetSchema = z.object({ reason: z.enum(RESET_REASONS) });
export type Reset = z.infer<typeof resetSchema>;
export type ResetReason = Reset['reason'];

/** What is active now, in pages; the rest is counted. Only the last page carries an id. */
export const snapshotSchema = z.object({
  downloads: z.array(downloadSchema),
  counts: countsSchema,
  page: z.int().min(1),
  last: z.boolean(),
});
export type Snapshot = z.infer<typeof snapshotSchema>;

export const heartbeatSchema = z.object({ server_time: z.iso.datetime() });
export type Heartbeat = z.infer<typeof heartbeatSchema>;

/** Last on a stream that the server ends on purpose. */
export const farewellSchema = z.object({ reason: z.string(), retry_after_ms: z.int().nonnegative() });
export type Farewell = z.infer<typeof farewellSchema>;

/** Of `GET /events/test`. */
export const testEventSchema = z.object({ n: z.int().min(1), server_time: z.iso.datetime() });
export type TestEvent = z.infer<typeof testEventSchema>;

/**
 * Frames that the gateway itself makes, beside those of the log (`EVENTS`).
 * No event is ever named `error` or `message`: EventSource gives those names a meaning of its own.
 */
export const CONTROL_FRAMES = {
  connected: connectedSchema,
  reset: resetSchema,
  snapshot: snapshotSchema,
  heartbeat: heartbeatSchema,
  draining: farewellSchema,
  auth_expired: farewellSchema,
  test: testEventSchema,
} as const satisfies Record<string, z.ZodType>;
export type ControlFrameName = keyof typeof CONTROL_FRAMES;
