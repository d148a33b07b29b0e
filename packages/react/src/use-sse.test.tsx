import { act, cleanup, configure, renderHook, waitFor } from '@testing-library/react';
import { StrictMode } from 'react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { makeProgress, makeStatusEvent } from '../../client/src/fixtures/downloads.ts';
import { HermesServer, problem } from '../../client/src/fixtures/hermes-server.ts';
import { useSSE } from './use-sse.ts';

// The machine may be busy with other things.
configure({ asyncUtilTimeout: 15_000 });

let server: HermesServer;
beforeEach(async () => {
  server = await HermesServer.start();
});
afterEach(async () => {
  cleanup();
  await server.stop();
});

const timing = { baseDelayMs: 5, maxDelayMs: 20 };

describe('useSSE', () => {
  it('follows a stream by itself, without a provider', async () => {
    const onEvent = vi.fn();
    const { result, unmount } = renderHook(() =>
      useSSE(`${server.baseUrl}/events/downloads/d1`, { events: ['download_progress'], onEvent, timing }),
    );
    expect(result.current).toMatchObject({ data: null, isConnected: false });
    await waitFor(() => expect(result.current.isConnected).toBe(true));
    server.lastStream.send('download_status', makeStatusEvent('queued'), 'e1:1');
    server.lastStream.send('download_progress', makeProgress({ progress: 20 }), 'e1:2');
    await waitFor(() => expect(result.current.data?.progress).toBe(20));
    expect(onEvent.mock.calls).toEqual([
      [{ event: 'download_progress', data: makeProgress({ progress: 20 }), seq: 2, epoch: 'e1' }],
    ]);
    unmount();
    await waitFor(() => expect(server.openStreams).toHaveLength(0));
  });

  it('hands on all that is not about the connection when no events are named', async () => {
    server.onStream = (stream) => {
      stream.connected();
      stream.send('test', { n: 1, server_time: '2026-01-01T00:00:00.000Z' });
      stream.send('heartbeat', { server_time: '2026-01-01T00:00:00.000Z' }, 'e1:1');
    };
    const { result } = renderHook(() => useSSE(`${server.baseUrl}/events/test`));
    await waitFor(() => expect(result.current.data).toMatchObject({ n: 1 }));
  });

  it('says that it reconnects, and why', async () => {
    const { result } = renderHook(() => useSSE(server.streamUrl, { timing }));
    await waitFor(() => expect(result.current.isConnected).toBe(true));
    server.refuseStream = problem('SHUTTING_DOWN');
    server.lastStream.destroy();
    await waitFor(() => expect(result.current).toMatchObject({ isConnected: false, isReconnecting: true }));
    await waitFor(() => expect(result.current.reconnectAttempts).toBeGreaterThan(0));
    expect(result.current.error).toMatchObject({ code: 'SHUTTING_DOWN' });
    server.refuseStream = null;
    await waitFor(() =>
      expect(result.current).toMatchObject({ isConnected: true, isReconnecting: false, error: null }),
    );
  });

  it('closes and reconnects on demand', async () => {
    const { result } = renderHook(() => useSSE(server.streamUrl, { timing }));
    await waitFor(() => expect(result.current.isConnected).toBe(true));
    act(() => result.current.close());
    expect(result.current).toMatchObject({ isConnected: false, isReconnecting: false });
    await waitFor(() => expect(server.openStreams).toHaveLength(0));
    act(() => result.current.reconnect());
    await waitFor(() => expect(result.current.isConnected).toBe(true));
  });

  it('follows another address or another key, and none at all', async () => {
    const { result, rerender } = renderHook(
      ({ url, key }: { url: string | null; key: string }) => useSSE(url, { headers: { authorization: key }, timing }),
      { initialProps: { url: server.streamUrl as string | null, key: 'a' } },
    );
    await waitFor(() => expect(result.current.isConnected).toBe(true));
    rerender({ url: server.streamUrl, key: 'a' });
    rerender({ url: server.streamUrl, key: 'b' });
    await waitFor(() => expect(server.openStreams.map((stream) => stream.headers.authorization)).toEqual(['b']));
    expect(server.streams).toHaveLength(2);
    rerender({ url: null, key: 'b' });
    await waitFor(() => expect(server.openStreams).toHaveLength(0));
    expect(result.current.isConnected).toBe(false);
  });

  it('holds one connection in StrictMode', async () => {
    const { result } = renderHook(() => useSSE(server.streamUrl, { timing }), { wrapper: StrictMode });
    await waitFor(() => expect(result.current.isConnected).toBe(true));
    await waitFor(() => expect(server.openStreams).toHaveLength(1));
  });
});
