import type { StreamTiming } from '@hermes/client';
import type { Download } from '@hermes/contracts';
import { QueryClient } from '@tanstack/react-query';
import { act, cleanup, configure, render, renderHook, screen, waitFor } from '@testing-library/react';
import { type ReactNode, StrictMode } from 'react';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeCounts, makeDownload, makeProgress, makeStatusEvent } from '../../client/src/fixtures/downloads.ts';
import { HermesServer, json, problem } from '../../client/src/fixtures/hermes-server.ts';
import {
  ConnectionStatus,
  HermesProvider,
  useConnection,
  useDownloadProgressSSE,
  useHermesApi,
  useQueueUpdatesSSE,
} from './index.ts';
import { queryKeys } from './query-keys.ts';

const FAST: Partial<StreamTiming> = { baseDelayMs: 5, maxDelayMs: 20 };

// The machine may be busy with other things.
configure({ asyncUtilTimeout: 15_000 });

let server: HermesServer;
let downloads: Download[];
/** The position of the log, as the server has it. */
let position: number;

beforeEach(async () => {
  server = await HermesServer.start();
  downloads = [makeDownload({ download_id: 'd1', seq: 1, progress: 5 })];
  position = 1;
  server.routes.set('GET /download/queue', (response, request) => json(listed(), cursor())(response, request));
  server.routes.set('GET /download/d1', (response, request) => json(downloads[0], cursor())(response, request));
  server.onStream = (stream) => {
    const resumed = stream.headers['last-event-id'] !== undefined;
    stream.connected({ recovered: resumed, cursor: `e1:${position}` });
    if (!resumed)
      stream.send('snapshot', { downloads: open(), counts: counts(), page: 1, last: true }, `e1:${position}`);
  };
});

afterEach(async () => {
  cleanup();
  await server.stop();
});

const open = () => downloads.filter((one) => !['completed', 'failed', 'cancelled'].includes(one.status));
const cursor = () => ({ 'Hermes-Cursor': `e1:${position}` });
function counts() {
  const result = makeCounts();
  for (const { status } of downloads) result[status] += 1;
  return result;
}
const listed = () => ({ items: open(), counts: counts(), total: open().length, next_cursor: null });

function Provider({
  children,
  sseEnabled = true,
  client,
}: {
  children: ReactNode;
  sseEnabled?: boolean;
  client?: QueryClient;
}) {
  return (
    <HermesProvider
      baseUrl={server.baseUrl}
      sseEnabled={sseEnabled}
      streamTiming={FAST}
      {...(client ? { queryClient: client } : {})}
    >
      {children}
    </HermesProvider>
  );
}

function QueuePage() {
  const { data, isConnected } = useQueueUpdatesSSE();
  return (
    <p data-testid="queue">{`${isConnected} ${data?.items.map((row) => `${row.download_id}=${row.progress}`)}`}</p>
  );
}

function Bar({ id = 'd1' }: { id?: string }) {
  const { data, usesSSE, isConnected } = useDownloadProgressSSE(id);
  return <p data-testid="bar">{`${usesSSE} ${isConnected} ${data?.status} ${data?.progress}`}</p>;
}

/** As a worker would: the server's truth changes, and streams hear of it. */
function progress(value: number): void {
  position += 1;
  downloads = downloads.map((row) => (row.download_id === 'd1' ? { ...row, progress: value, seq: position } : row));
  for (const stream of server.openStreams) {
    stream.send('download_progress', makeProgress({ progress: value }), `e1:${position}`);
  }
}

function add(download_id: string): void {
  position += 1;
  const created = makeDownload({
    download_id,
    seq: position,
    status: 'queued',
    created_at: '2026-01-02T00:00:00.000Z',
  });
  downloads = [...downloads, created];
  for (const stream of server.openStreams) {
    stream.send('download_status', makeStatusEvent(null, created), `e1:${position}`);
  }
}

/** What the newest request for data said of itself. */
const lastRead = () => server.requests.findLast(({ path }) => path.startsWith('/download/'));

const text = (id: string) => screen.getByTestId(id).textContent;

describe('one stream for all hooks', () => {
  it('serves five hooks over one connection, without another request', async () => {
    render(
      <Provider>
        <QueuePage />
        {['d1', 'd1', 'd1', 'd1'].map((id, index) => (
          <div key={index}>
            <Bar id={id} />
          </div>
        ))}
      </Provider>,
    );
    await waitFor(() => expect(text('queue')).toBe('true d1=5'));
    await waitFor(() => expect(screen.getAllByText('true true downloading 5')).toHaveLength(4));
    const requests = server.requests.length;
    progress(30);
    await waitFor(() => expect(text('queue')).toBe('true d1=30'));
    await waitFor(() => expect(screen.getAllByText('true true downloading 30')).toHaveLength(4));
    add('d2');
    await waitFor(() => expect(text('queue')).toBe('true d1=30,d2=0'));
    expect(server.streams).toHaveLength(1);
    expect(server.requests).toHaveLength(requests);
  });

  it('keeps to one connection in StrictMode', async () => {
    render(
      <StrictMode>
        <Provider>
          <QueuePage />
          <Bar />
        </Provider>
      </StrictMode>,
    );
    await waitFor(() => expect(text('queue')).toBe('true d1=5'));
    progress(40);
    await waitFor(() => expect(text('bar')).toBe('true true downloading 40'));
    expect(server.streams).toHaveLength(1);
  });

  it('keeps the connection while one page gives way to the next, and closes it after the last', async () => {
    const { rerender, unmount } = render(
      <Provider>
        <QueuePage />
      </Provider>,
    );
    await waitFor(() => expect(text('queue')).toBe('true d1=5'));
    rerender(<Provider>{null}</Provider>);
    rerender(
      <Provider>
        <Bar />
      </Provider>,
    );
    await waitFor(() => expect(text('bar')).toBe('true true downloading 5'));
    expect(server.streams).toHaveLength(1);
    rerender(<Provider>{null}</Provider>);
    await waitFor(() => expect(server.openStreams).toHaveLength(0));
    expect(server.streams).toHaveLength(1);
    unmount();
  });

  it('leaves nothing open when the provider goes', async () => {
    const { unmount } = render(
      <Provider>
        <QueuePage />
      </Provider>,
    );
    await waitFor(() => expect(text('queue')).toBe('true d1=5'));
    unmount();
    await waitFor(() => expect(server.openStreams).toHaveLength(0));
  });

  it('opens no stream for a page without streaming hooks', async () => {
    const api = renderHook(() => useHermesApi(), { wrapper: Provider }).result.current;
    expect((await api.getDownload('d1')).data.download_id).toBe('d1');
    expect(server.streams).toHaveLength(0);
  });
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
    progress(50);
    await waitFor(() => expect(text('bar')).toBe('true false downloading 50'));
    await waitFor(() => expect(text('queue')).toBe('false d1=50'));
    progress(60);
    await waitFor(() => expect(text('bar')).toBe('true false downloading 60'));
    expect(lastRead()?.headers['hermes-polling']).toBe('other');

    server.refuseStream = null;
    await screen.findByText('Live');
    progress(70);
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
    progress(55);
    await waitFor(() => expect(text('bar')).toBe('false false downloading 55'));
    expect(lastRead()?.headers['hermes-polling']).toBe('disabled');
    downloads = [makeDownload({ download_id: 'd1', seq: 9, status: 'completed', progress: 100 })];
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
    position += 10;
    downloads = [];
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
    position += 5;
    downloads = [makeDownload({ download_id: 'd1', seq: position, status: 'failed', progress: 7 })];
    server.onStream = (stream) => {
      stream.connected({ recovered: false, cursor: `e1:${position}` });
      stream.send('reset', { reason: 'trimmed' });
      stream.send('snapshot', { downloads: [], counts: counts(), page: 1, last: true }, `e1:${position}`);
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

describe('the cache', () => {
  it('keeps what is newer when a list answers late', async () => {
    const client = new QueryClient();
    let answer: () => void = () => undefined;
    server.routes.set('GET /download/queue', (response, request) => {
      const send = json(listed(), cursor());
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
    progress(80);
    add('d2');
    await waitFor(() => expect(text('bar')).toBe('true true downloading 80'));
    await waitFor(() => expect(client.getQueryData(queryKeys.queueStats())).toMatchObject({ total_speed: 0 }));
    answer();
    await waitFor(() => expect(text('queue')).toBe('true d1=80,d2=0'));
    expect(server.count('GET /download/queue')).toBe(1);
  });

  it('leaves the object of a row alone when another changes', async () => {
    downloads.push(makeDownload({ download_id: 'd2', seq: 1, created_at: '2026-01-02T00:00:00.000Z' }));
    const { result } = renderHook(() => useQueueUpdatesSSE({}), { wrapper: Provider });
    await waitFor(() => expect(result.current).toMatchObject({ isConnected: true, isSuccess: true }));
    const before = result.current.data?.items[1];
    progress(10);
    await waitFor(() => expect(result.current.data?.items[0]?.progress).toBe(10));
    expect(result.current.data?.items[1]).toBe(before);
  });

  it('is filled again when the page of a long list has lost a row', async () => {
    downloads = ['d1', 'd2', 'd3'].map((download_id, index) =>
      makeDownload({ download_id, seq: 1, created_at: `2026-01-0${index + 1}T00:00:00.000Z` }),
    );
    server.routes.set('GET /download/queue', (response, request) => {
      const items = open().slice(0, 2);
      json({ ...listed(), items, next_cursor: open().length > 2 ? 'more' : null }, cursor())(response, request);
    });
    const { result } = renderHook(() => useQueueUpdatesSSE({ limit: 2 }), { wrapper: Provider });
    const ids = () => result.current.data?.items.map((row) => row.download_id);
    await waitFor(() => expect(ids()).toEqual(['d1', 'd2']));
    await waitFor(() => expect(result.current.isConnected).toBe(true));
    position += 1;
    const ended = makeDownload({ download_id: 'd1', seq: position, status: 'completed' });
    downloads = [ended, ...downloads.slice(1)];
    server.lastStream.send('download_status', makeStatusEvent('downloading', ended), `e1:${position}`);
    await waitFor(() => expect(ids()).toEqual(['d2', 'd3']));
    expect(result.current.data).toMatchObject({
      total: 2,
      next_cursor: null,
      counts: { completed: 1, downloading: 2 },
    });
  });
});

it('needs a provider', () => {
  expect(() => renderHook(() => useHermesApi())).toThrow(/HermesProvider/);
});
