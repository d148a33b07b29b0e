import { z } from 'zod';
import { countsSchema, downloadIdSchema, downloadSchema, downloadStatusSchema } from './download.ts';
import { statsSchema } from './stats.ts';
import { storageSchema } from './storage.ts';

/** What a stream can carry; `channels=` in the query names these. */
export const TOPICS = ['downloads', 'queue', 'stats', 'system', 'storage', 'analytics'] as const;
export const topicSchema = z.enum(TOPICS);
export type Topic = z.infer<typeof topicSchema>;

export const downloadProgressSchema = downloadSchema
  .pick({
    download_id: true,
    status: true,
    progress: true,
    downloaded_bytes: true,
    total_bytes: true,
    download_speed: true,
    eta: true,
  })
  .extend({ stage: z.enum(['video', 'audio', 'merging', 'verifying']).optional() });
export type DownloadProgress = z.infer<typeof downloadProgressSchema>;

export const downloadStatusEventSchema = downloadSchema.extend({
  /** null for a download that has just been made. */
  previous_status: downloadStatusSchema.nullable(),
});
export type DownloadStatusEvent = z.infer<typeof downloadStatusEventSchema>;

export const queueUpdateSchema = z.object({
  action: z.enum(['added', 'removed', 'status_changed', 'reordered', 'paused', 'resumed']),
  download_id: downloadIdSchema,
  status: downloadStatusSchema.nullable(),
  previous_status: downloadStatusSchema.nullable(),
});
export type QueueUpdate = z.infer<typeof queueUpdateSchema>;

export const queueStatsSchema = z.object({
  counts: countsSchema,
  /** Bytes per second over all active downloads. */
  total_speed: z.number().nonnegative(),
});
export type QueueStats = z.infer<typeof queueStatsSchema>;

export const systemNotificationSchema = z.object({
  level: z.enum(['info', 'warning', 'error']),
  /** Stable, UPPER_SNAKE_CASE. */
  code: z.string().regex(/^[A-Z][A-Z0-9_]*$/),
  message: z.string(),
});
export type SystemNotification = z.infer<typeof systemNotificationSchema>;

/**
 * Every event that travels through the log.
 *
 * `class`: a *fact* happened and reaches everyone once; a *state* is replaced by the next one of the same key.
 * `key`: which field of the data names the thing that a state is about; null where there is only one.
 * `channel`: the aggregate pub/sub channel that gateways follow.
 */
export const EVENTS = {
  download_progress: {
    topic: 'downloads',
    channel: 'download:updates',
    class: 'state',
    key: 'download_id',
    data: downloadProgressSchema,
  },
  download_status: {
    topic: 'downloads',
    channel: 'download:updates',
    class: 'fact',
    key: 'download_id',
    data: downloadStatusEventSchema,
  },
  queue_update: {
    topic: 'queue',
    channel: 'queue:updates',
    class: 'fact',
    key: 'download_id',
    data: queueUpdateSchema,
  },
  queue_stats: { topic: 'stats', channel: 'queue:stats', class: 'state', key: null, data: queueStatsSchema },
  system_notification: {
    topic: 'system',
    channel: 'system:notifications',
    class: 'fact',
    key: null,
    data: systemNotificationSchema,
  },
  analytics_update: {
    topic: 'analytics',
    channel: 'analytics:updates',
    class: 'state',
    key: 'period',
    data: statsSchema,
  },
  storage_update: {
    topic: 'storage',
    channel: 'storage:updates',
    class: 'state',
    key: null,
    data: storageSchema,
  },
} as const satisfies Record<string, EventDescription>;

interface EventDescription {
  topic: Topic;
  channel: string;
  class: 'fact' | 'state';
  key: string | null;
  data: z.ZodType;
}

export type EventName = keyof typeof EVENTS;
export const eventNameSchema = z.enum(Object.keys(EVENTS) as [EventName, ...EventName[]]);

/** The data of the event of that name. */
export type EventData<Name extends EventName> = z.infer<(typeof EVENTS)[Name]['data']>;

type NamesOfClass<Class> = { [N in EventName]: (typeof EVENTS)[N]['class'] extends Class ? N : never }[EventName];
export type FactName = NamesOfClass<'fact'>;
export type StateName = NamesOfClass<'state'>;

export function isFact(event: EventName): event is FactName {
  return EVENTS[event].class === 'fact';
}
