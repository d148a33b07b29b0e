import { z } from 'zod';
import { tokenScopeSchema } from './auth.ts';

/** `interval_ms` of a stream: the classes of rates; connections of one class share their batches. */
export const STREAM_INTERVALS_MS = [0, 250, 500, 1000, 2000, 5000] as const;

export const eventsHealthSchema = z.object({
  enabled: z.boolean(),
  active_connections: z.int().nonnegative(),
  max_connections: z.int().positive(),
  /** Seconds. */
  heartbeat_interval: z.number().positive(),
});
export type EventsHealth = z.infer<typeof eventsHealthSchema>;

export const connectionInfoSchema = z.object({
  id: z.string(),
  gateway_id: z.string(),
  key_name: z.string().nullable(),
  address: z.string(),
  topics: z.array(z.string()),
  /** Seconds. */
  age: z.number().nonnegative(),
  bytes: z.int().nonnegative(),
  queue_depth: z.int().nonnegative(),
  conflated: z.int().nonnegative(),
});

export type ConnectionInfo = z.infer<typeof connectionInfoSchema>;

/** The streams of all gateways that answered in time. */
export const listConnectionsResponseSchema = z.object({
  items: z.array(connectionInfoSchema),
  gateways: z.object({
    /** The ids of those that answered. */
    answered: z.array(z.string()),
    /** How many more were asked: what they hold is missing from the list. */
    silent: z.int().nonnegative(),
  }),
});
export type ListConnectionsResponse = z.infer<typeof listConnectionsResponseSchema>;

export const createTokenRequestSchema = z.strictObject({
  scope: tokenScopeSchema,
  /** Seconds. */
  ttl: z.int().min(1).max(3600).default(300),
});

export const createTokenResponseSchema = z.object({
  token: z.string().min(1),
  expires_at: z.iso.datetime(),
  scope: tokenScopeSchema,
  /** Seconds it lasts: fewer than were asked for if its maker ends before. */
  ttl: z.int(),
});
export type CreateTokenResponse = z.infer<typeof createTokenResponseSchema>;
