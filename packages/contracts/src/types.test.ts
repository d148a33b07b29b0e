import { describe, expectTypeOf, it } from 'vitest';
import type {
  ControlMessage,
  CreateDownloadRequest,
  Credential,
  Download,
  DownloadErrorCode,
  DownloadJob,
  DownloadProgress,
  DownloadStatus,
  DownloadStatusEvent,
  Envelope,
  Environment,
  EventData,
  EventName,
  FactName,
  FinalStatus,
  ListDownloadsQuery,
  LoginRequest,
  Permission,
  Problem,
  ProblemCode,
  ResetReason,
  StateName,
  Stats,
  Storage,
  StreamQuery,
  Topic,
} from './index.ts';

// Checked by the compiler (`tsc -b`): at run time these assertions do nothing.
describe('inferred types', () => {
  it('of events', () => {
    expectTypeOf<FactName>().toEqualTypeOf<'download_status' | 'queue_update' | 'system_notification'>();
    expectTypeOf<StateName>().toEqualTypeOf<
      'download_progress' | 'queue_stats' | 'analytics_update' | 'storage_update'
    >();
    expectTypeOf<EventName>().toEqualTypeOf<FactName | StateName>();
    expectTypeOf<EventData<'download_progress'>>().toEqualTypeOf<DownloadProgress>();
    expectTypeOf<EventData<'download_progress'>>().toEqualTypeOf<{
      download_id: string;
      status: DownloadStatus;
      stage?: 'video' | 'audio' | 'merging' | 'verifying' | undefined;
      progress: number | null;
      downloaded_bytes: number;
      total_bytes: number | null;
      download_speed: number | null;
      eta: number | null;
    }>();
    expectTypeOf<EventData<'download_status'>>().toEqualTypeOf<DownloadStatusEvent>();
    expectTypeOf<DownloadStatusEvent>().toExtend<Download>();
    expectTypeOf<DownloadStatusEvent['previous_status']>().toEqualTypeOf<DownloadStatus | null>();
    expectTypeOf<EventData<'analytics_update'>>().toEqualTypeOf<Stats>();
    expectTypeOf<EventData<'storage_update'>>().toEqualTypeOf<Storage>();
    expectTypeOf<EventData<'queue_stats'>['counts']>().toEqualTypeOf<Record<DownloadStatus, number>>();
    expectTypeOf<Envelope['event']>().toEqualTypeOf<EventName>();
    expectTypeOf<ResetReason>().toEqualTypeOf<
      'trimmed' | 'epoch_changed' | 'malformed' | 'from_the_future' | 'overflow'
    >();
  });

  it('of a download', () => {
    expectTypeOf<keyof Download>().toEqualTypeOf<
      | 'download_id'
      | 'seq'
      | 'url'
      | 'status'
      | 'progress'
      | 'downloaded_bytes'
      | 'total_bytes'
      | 'download_speed'
      | 'eta'
      | 'filename'
      | 'engine'
      | 'priority'
      | 'attempt'
      | 'error'
      | 'result'
      | 'session_id'
      | 'created_at'
      | 'started_at'
      | 'completed_at'
      | 'updated_at'
    >();
    expectTypeOf<Download['progress']>().toEqualTypeOf<number | null>();
    expectTypeOf<Download['downloaded_bytes']>().toEqualTypeOf<number>();
    expectTypeOf<Download['created_at']>().toEqualTypeOf<string>();
    expectTypeOf<NonNullable<Download['error']>['code']>().toEqualTypeOf<DownloadErrorCode>();
    expectTypeOf<FinalStatus>().toEqualTypeOf<'completed' | 'failed' | 'cancelled'>();
    expectTypeOf<DownloadJob['engine']>().toEqualTypeOf<'http' | 'yt-dlp' | undefined>();
  });

  it('of the environment: null only where there is no default', () => {
    expectTypeOf<Environment['HERMES_ENABLE_SSE']>().toEqualTypeOf<boolean>();
    expectTypeOf<Environment['HERMES_PORT']>().toEqualTypeOf<number>();
    expectTypeOf<Environment['HERMES_REDIS_PREFIX']>().toEqualTypeOf<string>();
    expectTypeOf<Environment['HERMES_AUTH']>().toEqualTypeOf<'on' | 'off'>();
    expectTypeOf<Environment['HERMES_ALLOWED_ORIGINS']>().toEqualTypeOf<string[]>();
    expectTypeOf<Environment['HERMES_TRUSTED_PROXIES']>().toEqualTypeOf<string[]>();
    expectTypeOf<Environment['HERMES_REDIS_URL']>().toEqualTypeOf<string | null>();
    expectTypeOf<Environment['HERMES_HOME']>().toEqualTypeOf<string | null>();
    expectTypeOf<Environment['HERMES_MAX_DOWNLOAD_SIZE']>().toEqualTypeOf<number | null>();
    expectTypeOf<Environment['HERMES_DATABASE_URL']>().toEqualTypeOf<string | null>();
  });

  it('of requests and problems: what has a default is always there', () => {
    expectTypeOf<CreateDownloadRequest['priority']>().toEqualTypeOf<number>();
    expectTypeOf<CreateDownloadRequest['filename']>().toEqualTypeOf<string | undefined>();
    expectTypeOf<ListDownloadsQuery['limit']>().toEqualTypeOf<number>();
    expectTypeOf<ListDownloadsQuery['status']>().toEqualTypeOf<DownloadStatus[] | undefined>();
    expectTypeOf<StreamQuery['channels']>().toEqualTypeOf<Topic[] | undefined>();
    expectTypeOf<StreamQuery['interval_ms']>().toEqualTypeOf<number>();
    expectTypeOf<LoginRequest>().toEqualTypeOf<{ key: string } | { code: string }>();
    expectTypeOf<Problem['code']>().toEqualTypeOf<ProblemCode>();
    expectTypeOf<Credential['permissions']>().toEqualTypeOf<Permission[]>();
    expectTypeOf<Extract<ControlMessage, { type: 'cancel' | 'pause' }>['download_id']>().toEqualTypeOf<string>();
  });
});
