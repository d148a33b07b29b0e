import { QueryClient } from '@tanstack/react-query';
import { cleanup, configure, render, renderHook, waitFor } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeDownload, makeStatusEvent } from '../../client/src/fixtures/downloads.ts';
import { type HermesServer, json } from '../../client/src/fixtures/hermes-server.ts';
import { Bar, LiveServer, QueuePage, text } from './fixtures/live-server.tsx';
import { useQueueUpdatesSSE } from './index.ts';
import { queryKeys } from './query-keys.ts';

// The machine may be busy with other things.
configure({ asyncUtilTimeout: 15_000 });

let live: LiveServer;
let server: HermesServer;
let Provider: LiveServer['Provider'];

beforeEach(async () => {
  live = await LiveServer.start();
  server = live.server;
  Provider = live.Provider;
});

afterEach(async () => {
  cleanup();
  await server.stop();
});

describe('the cache', () => {
  it('keeps what is newer when a list answers late', async () => {
    const client = new QueryClient();
    let answer: () => void = () => undefined;
    server.routes.set('GET /download/queue', (response, request) => {
      const send = json(live.listed(), live.cursor());
      answer = () => send(response, request);
    });
    render(
      <Provider client={client}>
        <QueuePage />
        <Bar />
      </Provider>,
    );
    await waitFor(() => expect(text('bar')).toBe('true true downloading 5'));
    await waitFor(() => expect(server.count('GET /download/queue')).toBe(1));
    live.progress(80);
    live.add('d2');
    await waitFor(() => expect(text('bar')).toBe('true true downloading 80'));
    await waitFor(() => expect(client.getQueryData(queryKeys.queueStats())).toMatchObject({ total_speed: 0 }));
    answer();
    await waitFor(() => expect(text('queue')).toBe('true d1=80,d2=0'));
    expect(server.count('GET /download/queue')).toBe(1);
  });

  it('leaves the object of a row alone when another changes', async () => {
    live.downloads.push(makeDownload({ download_id: 'd2', seq: 1, created_at: '2026-01-02T00:00:00.000Z' }));
    const { result } = renderHook(() => useQueueUpdatesSSE({}), { wrapper: Provider });
    await waitFor(() => expect(result.current).toMatchObject({ isConnected: true, isSuccess: true }));
    const before = result.current.data?.items[1];
    live.progress(10);
    await waitFor(() => expect(result.current.data?.items[0]?.progress).toBe(10));
    expect(result.current.data?.items[1]).toBe(before);
  });

  it('is filled again when the page of a long list has lost a row', async () => {
    live.downloads = ['d1', 'd2', 'd3'].map((download_id, index) =>
      makeDownload({ download_id, seq: 1, created_at: `2026-01-0${index + 1}T00:00:00.000Z` }),
    );
    server.routes.set('GET /download/queue', (response, request) => {
      const items = live.open().slice(0, 2);
      json({ ...live.listed(), items, next_cursor: live.open().length > 2 ? 'more' : null }, live.cursor())(
        response,
        request,
      );
    });
    const { result } = renderHook(() => useQueueUpdatesSSE({ limit: 2 }), { wrapper: Provider });
    const ids = () => result.current.data?.items.map((row) => row.download_id);
    await waitFor(() => expect(ids()).toEqual(['d1', 'd2']));
    await waitFor(() => expect(result.current.isConnected).toBe(true));
    live.position += 1;
    const ended = makeDownload({ download_id: 'd1', seq: live.position, status: 'completed' });
    live.downloads = [ended, ...live.downloads.slice(1)];
    server.lastStream.send('download_status', makeStatusEvent('downloading', ended), `e1:${live.position}`);
    await waitFor(() => expect(ids()).toEqual(['d2', 'd3']));
    expect(result.current.data).toMatchObject({
      total: 2,
      next_cursor: null,
      counts: { completed: 1, downloading: 2 },
    });
  });
});
