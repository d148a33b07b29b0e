import type {
  ApiKey,
  Counts,
  Download,
  PublicConfig,
  Readiness,
  Stats,
  Storage,
  StorageScan,
  Timeline,
  TimelineSummary,
} from '@hermes/contracts';

const ID = '7b0c6f1e2a944d0f8d3b5c1a9e8f7d60';
const TIMES = { created_at: '2026-01-30T09:41:00.000Z', started_at: '2026-01-30T09:41:01.000Z' };

/** One that is under way. */
export const downloadExample: Download = {
  download_id: ID,
  seq: 4711,
  url: 'https://files.example.com/disk.iso',
  status: 'downloading',
  progress: 42,
  downloaded_bytes: 440_401_920,
  total_bytes: 1_048_576_000,
  download_speed: 12_582_912,
  eta: 48,
  filename: 'disk.iso',
  engine: 'http',
  priority: 50,
  attempt: 1,
  error: null,
  result: null,
  session_id: null,
  ...TIMES,
  completed_at: null,
  updated_at: '2026-01-30T09:41:36.000Z',
};

export const cancelledExample: Download = {
  ...downloadExample,
  seq: 4715,
  status: 'cancelled',
  download_speed: null,
  eta: null,
  completed_at: '2026-01-30T09:41:37.000Z',
  updated_at: '2026-01-30T09:41:37.000Z',
};

export const acceptedExample = { download_id: ID, status: 'queued' as const };

export const countsExample: Counts = {
  queued: 2,
  downloading: 1,
  processing: 0,
  paused: 0,
  completed: 40,
  failed: 3,
  cancelled: 1,
};

export const apiKeyExample: ApiKey = {
  id: 'k_3f2a9c1b',
  name: 'phone',
  permissions: ['read', 'download'],
  hint: 'hermes_4d8Q',
  created_at: '2026-01-30T09:41:00.000Z',
  expires_at: null,
};

export const configExample: PublicConfig = {
  sse_enabled: true,
  sse_rollout_percent: 100,
  auth_required: true,
  version: '0.1.0',
};

export const readinessExample: Readiness = {
  status: 'ready',
  version: '0.1.0',
  dependencies: { database: { status: 'up' }, redis: { status: 'up' } },
};

export const completedExample: Download = {
  ...downloadExample,
  seq: 4790,
  status: 'completed',
  progress: 100,
  downloaded_bytes: 1_048_576_000,
  download_speed: null,
  eta: null,
  result: {
    path: 'disk.iso',
    size: 1_048_576_000,
    sha256: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
    content_type: 'application/octet-stream',
    duration_ms: 84_000,
  },
  completed_at: '2026-01-30T09:42:25.000Z',
  updated_at: '2026-01-30T09:42:25.000Z',
};

const PERIOD = { period: 'week' as const, from: '2026-01-24T00:00:00Z', to: '2026-01-31T00:00:00Z' };

export const statsExample: Stats = {
  ...PERIOD,
  downloads: 43,
  completed: 40,
  failed: 3,
  cancelled: 0,
  bytes: 335_544_320,
  success_rate: 0.93,
  average_duration_ms: 15_000,
  average_speed: 559_240,
};

const BUCKET: Timeline['buckets'][number] = {
  from: '2026-01-30T00:00:00Z',
  to: '2026-01-31T00:00:00Z',
  downloads: 12,
  completed: 11,
  failed: 1,
  cancelled: 0,
  bytes: 92_274_688,
};

export const timelineExample: Timeline = { ...PERIOD, buckets: [BUCKET] };

export const timelineSummaryExample: TimelineSummary = {
  ...PERIOD,
  downloads: 43,
  bytes: 335_544_320,
  average_downloads: 6.1,
  busiest: BUCKET,
};

export const storageExample: Storage = {
  total_space: 500_000_000_000,
  used_space: 320_000_000_000,
  free_space: 155_000_000_000,
  downloads_size: 48_318_382_080,
  downloads_count: 37,
  generated_at: '2026-01-30T09:41:37.000Z',
  is_stale: false,
  level: 'ok',
  warn_percent: 90,
  stop_percent: 95,
};

export const storageScanExample: StorageScan = {
  status: 'idle',
  started_at: '2026-01-30T09:41:37.000Z',
  finished_at: '2026-01-30T09:41:37.041Z',
  files_scanned: 37,
  snapshot: 'fresh',
  error: null,
  duration_ms: 41,
  scans: 12,
  failures: 0,
  joined: 3,
  stale_served: 9,
};
