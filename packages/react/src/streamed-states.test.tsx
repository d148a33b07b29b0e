import type { Stats, Storage } from '@hermes/contracts';
import { act, cleanup, configure, renderHook, waitFor } from '@testing-library/react';
import type { ReactNode } from 'react';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeDownload, makeProgress } from '../../client/src/fixtures/downloads.ts';
import { HermesServer, json } from '../../client/src/fixtures/hermes-server.ts';
import {
  HermesProvider,
  useAnalyticsSSE,
  useApiKeys,
  useDownloadProgressSSE,
  useHealth,
  useHistory,
  useStorageSSE,
  useSystemEventsSSE,
  useTimeline,
  useTimelineSummary,
} from './index.ts';

// The machine may be busy with other things.
configure({ asyncUtilTimeout: 15_000 });

const TIME = '2026-01-01T00:00:00.000Z';
const at = (seq: number) => ({ 'Hermes-Cursor': `e1:${seq}` });
const span = { period: 'week' as const, from: TIME, to: TIME };

const makeStats = (fields: Partial<Stats> = {}): Stats => ({
  ...span,
  downloads: 1,
  completed: 1,
  failed: 0,
  cancelled: 0,
  bytes: 10,
  success_rate: 1,
  average_duration_ms: null,
  average_speed: null,
  ...fields,
});

const makeStorage = (fields: Partial<Storage> = {}): Storage => ({
  total_space: 100,
  used_space: 40,
  free_space: 60,
  downloads_size: 10,
  downloads_count: 1,
  generated_at: TIME,
  is_stale: false,
  level: 'ok',
  warn_percent: 90,
  stop_percent: 95,
  ...fields,
});

let server: HermesServer;
beforeEach(async () => {
  server = await HermesServer.start();
  server.routes.set('GET /stats', json(makeStats(), at(5)));
  server.routes.set('GET /storage', json(makeStorage(), at(5)));
});
afterEach(async () => {
  cleanup();
  await server.stop();
});

const wrapper = ({ children }: { children: ReactNode }) => (
  <HermesProvider baseUrl={server.baseUrl} streamTiming={{ baseDelayMs: 5, maxDelayMs: 20 }}>
    {children}
  </HermesProvider>
);

describe('statistics', () => {
  it('are fetched once and then brought by the stream, the newer wins', async () => {
    const { result } = renderHook(() => useAnalyticsSSE('week'), { wrapper });
    await waitFor(() => expect(result.current).toMatchObject({ isConnected: true, data: { downloads: 1 } }));
    server.lastStream.send('analytics_update', makeStats({ downloads: 9 }), 'e1:9');
    await waitFor(() => expect(result.current.data?.downloads).toBe(9));
    // An answer from before that event comes late.
    server.routes.set('GET /stats', json(makeStats({ downloads: 7 }), at(7)));
    await act(() => result.current.refetch());
    expect(result.current.data?.downloads).toBe(9);
    server.routes.set('GET /stats', json(makeStats({ downloads: 11 }), at(11)));
    await act(() => result.current.refetch());
    await waitFor(() => expect(result.current.data?.downloads).toBe(11));
    expect(server.count('GET /stats')).toBe(3);
  });

  it('of another period are another entry', async () => {
    const { result } = renderHook(() => useAnalyticsSSE('week'), { wrapper });
    await waitFor(() => expect(result.current).toMatchObject({ isConnected: true, isSuccess: true }));
    server.lastStream.send('analytics_update', makeStats({ period: 'day', downloads: 3 }), 'e1:8');
    server.lastStream.send('analytics_update', makeStats({ downloads: 4 }), 'e1:9');
    await waitFor(() => expect(result.current.data?.downloads).toBe(4));
  });

  it('that change have the timelines fetched again', async () => {
    server.routes.set('GET /timeline', json({ ...span, buckets: [] }, at(5)));
    const summary = { ...span, downloads: 2, bytes: 0, average_downloads: null, busiest: null };
    server.routes.set('GET /timeline/summary', json(summary, at(5)));
    const { result } = renderHook(() => ({ timeline: useTimeline(), summary: useTimelineSummary() }), { wrapper });
    await waitFor(() => expect(result.current.timeline).toMatchObject({ isConnected: true, isSuccess: true }));
    await waitFor(() => expect(result.current.summary.data?.downloads).toBe(2));
    server.routes.set('GET /timeline/summary', json({ ...summary, downloads: 6 }, at(9)));
    server.lastStream.send('analytics_update', makeStats(), 'e1:9');
    await waitFor(() => expect(result.current.summary.data?.downloads).toBe(6));
    await waitFor(() => expect(server.count('GET /timeline')).toBe(2));
  });
});

describe('storage', () => {
  it('follows the stream', async () => {
    const { result } = renderHook(() => useStorageSSE(), { wrapper });
    await waitFor(() => expect(result.current).toMatchObject({ isConnected: true, data: { used_space: 40 } }));
    server.lastStream.send('storage_update', makeStorage({ used_space: 41 }), 'e1:6');
    await waitFor(() => expect(result.current.data?.used_space).toBe(41));
    expect(server.count('GET /storage')).toBe(1);
  });

  it('takes what the stream said while the answer was on its way', async () => {
    let answer: () => void = () => undefined;
    server.routes.set('GET /storage', (response, request) => {
      answer = () => json(makeStorage(), at(5))(response, request);
    });
    const { result } = renderHook(() => useStorageSSE(), { wrapper });
    await waitFor(() => expect(result.current.isConnected).toBe(true));
    await waitFor(() => expect(server.count('GET /storage')).toBe(1));
    server.lastStream.send('storage_update', makeStorage({ used_space: 50 }), 'e1:6');
    await waitFor(() => expect(result.current.data?.used_space).toBe(50));
    answer();
    await waitFor(() => expect(result.current.fetchStatus).toBe('idle'));
    expect(result.current.data?.used_space).toBe(50);
  });
});

describe('what the stream carries', () => {
  const topics = () => new URL(server.lastStream.path, 'http://x').searchParams.get('channels');

  it('follows what is mounted, over a change that nobody notices', async () => {
    server.onStream = (stream) => {
      const lastEventId = stream.headers['last-event-id'];
      stream.send('connected', {
        connection_id: 'c',
        recovered: lastEventId !== undefined,
        cursor: lastEventId ?? 'e1:5',
        server_time: TIME,
        heartbeat_interval: 30,
        topics: topics()?.split(','),
      });
      stream.send('heartbeat', { server_time: TIME }, 'e1:6');
    };
    const states = new Set<boolean>();
    const { result, rerender } = renderHook(
      ({ id }: { id: string | null }) => {
        const storage = useStorageSSE();
        if (storage.isConnected || states.size > 0) states.add(storage.isConnected);
        return { storage, download: useDownloadProgressSSE(id, { intervalMs: 500 }) };
      },
      { wrapper, initialProps: { id: null as string | null } },
    );
    await waitFor(() => expect(result.current.storage).toMatchObject({ isConnected: true, isSuccess: true }));
    expect(topics()).toBe('storage');
    server.routes.set('GET /download/d1', json(makeDownload(), at(6)));
    rerender({ id: 'd1' });
    await waitFor(() => expect(topics()).toBe('downloads,storage'));
    expect(server.lastStream.headers['last-event-id']).toBe('e1:6');
    server.lastStream.send('download_progress', makeProgress({ progress: 33 }), 'e1:7');
    await waitFor(() => expect(result.current.download.data?.progress).toBe(33));
    expect([...states]).toEqual([true]);
  });
});

describe('system events', () => {
  it('are listed newest first', async () => {
    const { result } = renderHook(() => useSystemEventsSSE(), { wrapper });
    await waitFor(() => expect(result.current).toMatchObject({ isConnected: true, data: [] }));
    const notify = (seq: number, code: string) =>
      server.lastStream.send('system_notification', { level: 'warning', code, message: 'm' }, `e1:${seq}`);
    notify(3, 'DISK_LOW');
    notify(4, 'DISK_FULL');
    await waitFor(() =>
      expect(result.current.data?.map(({ code, seq }) => [code, seq])).toEqual([
        ['DISK_FULL', 4],
        ['DISK_LOW', 3],
      ]),
    );
  });
});

describe('history', () => {
  const page = (ids: string[]) => ({
    items: ids.map((download_id) => makeDownload({ download_id, status: 'completed' })),
    total: ids.length,
    next_cursor: null,
  });

  it('is fetched again when a download ends, until the database knows of it', async () => {
    server.routes.set('GET /history', json(page(['a']), at(5)));
    const { result } = renderHook(() => useHistory({ status: ['completed'], limit: 50 }), { wrapper });
    await waitFor(() => expect(result.current).toMatchObject({ isConnected: true, data: { total: 1 } }));
    expect(server.requests.map(({ path }) => path)).toContain('/history?status=completed&limit=50');
    const update = { action: 'status_changed', download_id: 'b', status: 'completed', previous_status: 'downloading' };
    server.lastStream.send('queue_update', { ...update, status: 'downloading', previous_status: 'queued' }, 'e1:6');
    server.lastStream.send('queue_update', update, 'e1:7');
    await waitFor(() => expect(server.count('GET /history')).toBe(2));
    server.routes.set('GET /history', json(page(['b', 'a']), at(7)));
    await waitFor(() => expect(result.current.data?.total).toBe(2));
    expect(server.count('GET /history')).toBe(3);
  });
});

describe('what no stream carries', () => {
  it('is asked for: health, also of a service that is not ready, and keys', async () => {
    const health = { status: 'degraded', version: '1.0.0', dependencies: { redis: { status: 'down' } } };
    server.routes.set('GET /health/ready', json(health, {}, 503));
    const key = { id: 'k1', name: 'n', permissions: ['read'], hint: 'h', created_at: TIME, expires_at: null };
    server.routes.set('GET /auth/api-keys', json({ items: [key] }));
    const { result } = renderHook(() => ({ health: useHealth(), keys: useApiKeys() }), { wrapper });
    await waitFor(() => expect(result.current.health.data).toEqual(health));
    await waitFor(() => expect(result.current.keys.data).toEqual([key]));
    expect(server.streams).toHaveLength(0);
  });
});
