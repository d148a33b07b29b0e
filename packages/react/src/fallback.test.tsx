import { act, cleanup, configure, render, renderHook, screen, waitFor } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeDownload } from '../../client/src/fixtures/downloads.ts';
import { type HermesServer, problem } from '../../client/src/fixtures/hermes-server.ts';
import { Bar, LiveServer, QueuePage, text } from './fixtures/live-server.tsx';
import { ConnectionStatus, useConnection, useDownloadProgressSSE } from './index.ts';

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

describe('fallback', () => {
  it('polls while there is no stream and stops when it is back', async () => {
    render(
      <Provider>
        <QueuePage />
        <Bar />
        <ConnectionStatus />
      </Provider>,
    );
    await waitFor(() => expect(text('queue')).toBe('true d1=5'));
    await waitFor(() => expect(text('bar')).toBe('true true downloading 5'));
    server.refuseStream = problem('SHUTTING_DOWN');
    server.lastStream.destroy();
    await screen.findByText('Polling');
    live.progress(50);
    await waitFor(() => expect(text('bar')).toBe('true false downloading 50'));
    await waitFor(() => expect(text('queue')).toBe('false d1=50'));
    live.progress(60);
    await waitFor(() => expect(text('bar')).toBe('true false downloading 60'));
    expect(live.lastRead()?.headers['hermes-polling']).toBe('other');

    server.refuseStream = null;
    await screen.findByText('Live');
    live.progress(70);
    await waitFor(() => expect(text('bar')).toBe('true true downloading 70'));
    await waitFor(() => expect(text('queue')).toBe('true d1=70'));
    const polls = server.count('GET /download/queue') + server.count('GET /download/d1');
    const since = Date.now();
    // Longer than the interval it polled at.
    await waitFor(() => expect(Date.now() - since).toBeGreaterThan(2_500));
    expect(server.count('GET /download/queue') + server.count('GET /download/d1')).toBe(polls);
  });

  it('polls and opens no stream when streams are off by flag', async () => {
    render(
      <Provider sseEnabled={false}>
        <Bar />
        <ConnectionStatus />
      </Provider>,
    );
    await waitFor(() => expect(text('bar')).toBe('false false downloading 5'));
    expect(screen.getByText('Off')).toBeDefined();
    live.progress(55);
    await waitFor(() => expect(text('bar')).toBe('false false downloading 55'));
    expect(live.lastRead()?.headers['hermes-polling']).toBe('disabled');
    live.downloads = [makeDownload({ download_id: 'd1', seq: 9, status: 'completed', progress: 100 })];
    await waitFor(() => expect(text('bar')).toBe('false false completed 100'));
    expect(server.streams).toHaveLength(0);
  });

  it('fetches once after a reset', async () => {
    render(
      <Provider>
        <QueuePage />
      </Provider>,
    );
    await waitFor(() => expect(text('queue')).toBe('true d1=5'));
    const before = server.count('GET /download/queue');
    live.position += 10;
    live.downloads = [];
    server.lastStream.send('reset', { reason: 'overflow' });
    await waitFor(() => expect(text('queue')).toBe('true '));
    expect(server.count('GET /download/queue')).toBe(before + 1);
  });

  it('asks how a download ended that a new snapshot no longer lists', async () => {
    render(
      <Provider>
        <Bar />
        <QueuePage />
      </Provider>,
    );
    await waitFor(() => expect(text('bar')).toBe('true true downloading 5'));
    await waitFor(() => expect(text('queue')).toBe('true d1=5'));
    live.position += 5;
    live.downloads = [makeDownload({ download_id: 'd1', seq: live.position, status: 'failed', progress: 7 })];
    server.onStream = (stream) => {
      stream.connected({ recovered: false, cursor: `e1:${live.position}` });
      stream.send('reset', { reason: 'trimmed' });
      stream.send('snapshot', { downloads: [], counts: live.counts(), page: 1, last: true }, `e1:${live.position}`);
    };
    server.lastStream.destroy();
    await waitFor(() => expect(text('bar')).toBe('true true failed 7'));
    await waitFor(() => expect(text('queue')).toBe('true '));
  });
});

describe('a refused credential', () => {
  it('says so, asks once, does not poll, and comes back after a log-in', async () => {
    server.refuseStream = problem('UNAUTHENTICATED');
    server.routes.set('GET /download/d1', problem('UNAUTHENTICATED'));
    const { result } = renderHook(() => ({ bar: useDownloadProgressSSE('d1'), connection: useConnection() }), {
      wrapper: Provider,
    });
    await waitFor(() => expect(result.current.connection).toMatchObject({ state: 'off', error: { status: 401 } }));
    await waitFor(() => expect(result.current.bar.error).toMatchObject({ status: 401 }));
    const since = Date.now();
    await waitFor(() => expect(Date.now() - since).toBeGreaterThan(2_500));
    expect(server.count('GET /events/stream')).toBe(1);
    expect(server.count('GET /download/d1')).toBe(1);

    server.refuseStream = null;
    act(() => result.current.connection.reconnect());
    await waitFor(() => expect(result.current.connection.state).toBe('live'));
  });
});
