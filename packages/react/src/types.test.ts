import type { HermesApiError } from '@hermes/client';
import type { Download, DownloadProgress, QueueStats, Stats, Storage, SystemNotification } from '@hermes/contracts';
import { expectTypeOf, it } from 'vitest';
import {
  type Connection,
  type QueueList,
  type SystemEvent,
  useAnalyticsSSE,
  useDownloadProgressSSE,
  useQueueUpdatesSSE,
  useSSE,
  type useStorageSSE,
  type useSystemEventsSSE,
} from './index.ts';

// Checked by the compiler; nothing of it runs.
it('gives every hook the type of its data', () => {
  type Data<Hook extends (...args: never[]) => { data: unknown }> = NonNullable<ReturnType<Hook>['data']>;
  expectTypeOf<Data<typeof useDownloadProgressSSE>>().toEqualTypeOf<Download>();
  expectTypeOf<Data<typeof useQueueUpdatesSSE>>().toEqualTypeOf<QueueList>();
  expectTypeOf<Data<typeof useAnalyticsSSE>>().toEqualTypeOf<Stats>();
  expectTypeOf<Data<typeof useStorageSSE>>().toEqualTypeOf<Storage>();
  expectTypeOf<Data<typeof useSystemEventsSSE>>().toEqualTypeOf<readonly SystemEvent[]>();
  const selected = () => useQueueUpdatesSSE({}, { select: ({ total }) => total });
  expectTypeOf<ReturnType<typeof selected>['data']>().toEqualTypeOf<number | undefined>();
  expectTypeOf<ReturnType<typeof useStorageSSE>>().toHaveProperty('isConnected').toEqualTypeOf<boolean>();
  expectTypeOf<ReturnType<typeof useStorageSSE>>().toHaveProperty('usesSSE').toEqualTypeOf<boolean>();
});

it('takes what the API takes, and nothing else', () => {
  expectTypeOf(useQueueUpdatesSSE)
    .parameter(0)
    .toEqualTypeOf<{ status?: Download['status'][]; limit?: number } | undefined>();
  expectTypeOf(useDownloadProgressSSE).parameter(0).toEqualTypeOf<string | null>();
  expectTypeOf(useAnalyticsSSE).parameter(0).toEqualTypeOf<'day' | 'week' | 'month' | 'year' | undefined>();
  expectTypeOf<Parameters<typeof useQueueUpdatesSSE>[1]>().toEqualTypeOf<
    { intervalMs?: 0 | 250 | 500 | 1000 | 2000 | 5000; progressOf?: readonly string[] | null } | undefined
  >();
});

it('narrows a stream to the events that are named', () => {
  const one = () => useSSE('/x', { events: ['download_progress'] });
  expectTypeOf<ReturnType<typeof one>['data']>().toEqualTypeOf<DownloadProgress | null>();
  const two = () => useSSE('/x', { events: ['queue_stats', 'system_notification'] });
  expectTypeOf<ReturnType<typeof two>['data']>().toEqualTypeOf<QueueStats | SystemNotification | null>();
  // @ts-expect-error there is no such event
  const none = () => useSSE('/x', { events: ['progress'] });
  expectTypeOf(none).toBeFunction();
});

it('says what a connection can be', () => {
  expectTypeOf<Connection['state']>().toEqualTypeOf<'live' | 'connecting' | 'reconnecting' | 'polling' | 'off'>();
  expectTypeOf<Connection['error']>().toEqualTypeOf<HermesApiError | null>();
});
