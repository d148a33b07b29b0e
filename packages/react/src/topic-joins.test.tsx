import type { Download, Storage, Topic } from '@hermes/contracts';
import { QueryClient } from '@tanstack/react-query';
import { cleanup, configure, render, waitFor } from '@testing-library/react';
import type { ReactNode } from 'react';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeCounts, makeDownload, makeProgress } from '../../client/src/fixtures/downloads.ts';
import { HermesServer, json } from '../../client/src/fixtures/hermes-server.ts';
import {
  HermesProvider,
  queryKeys,
  useDownloadProgressSSE,
  useQueueUpdatesSSE,
  useStorageSSE,
  useStreamEvents,
} from './index.ts';

// The machine may be busy with other things.
configure({ asyncUtilTimeout: 15_000 });

const TIME = '2026-01-01T00:00:00.000Z';
const at = (seq: number) => ({ 'Hermes-Cursor': `e1:${seq}` });
const makeStorage = (used_space: number): Storage => ({
  total_space: 100,
  used_space,
  free_space: 100 - used_space,
  downloads_size: 10,
  downloads_count: 1,
  generated_at: TIME,
  is_stale: false,
  level: 'ok',
  warn_percent: 90,
  stop_percent: 95,
});
const SYSTEM: readonly Topic[] = ['system'];
const STORAGE: readonly Topic[] = ['storage'];

let server: HermesServer;
let client: QueryClient;
const topics = () => new URL(server.lastStream.path, 'http://x').searchParams.get('channels');

beforeEach(async () => {
  server = await HermesServer.start();
  client = new QueryClient();
  // The stream stands at 6 when topics are added.
  server.onStream = (stream) => {
    const lastEventId = stream.headers['last-event-id'];
    const carried = new URL(stream.path, 'http://x').searchParams.get('channels')?.split(',');
    stream.send('connected', {
      connection_id: 'c',
      recovered: lastEventId !== undefined,
      cursor: lastEventId ?? 'e1:6',
      server_time: TIME,
      heartbeat_interval: 30,
      topics: carried,
    });
    stream.send('heartbeat', { server_time: TIME }, 'e1:6');
  };
});
afterEach(async () => {
  cleanup();
  await server.stop();
});

const wrapper = ({ children }: { children: ReactNode }) => (
  <HermesProvider baseUrl={server.baseUrl} queryClient={client} streamTiming={{ baseDelayMs: 5, maxDelayMs: 20 }}>
    {children}
  </HermesProvider>
);

/** What is tested joins a page whose stream is live with another topic. */
async function join(useMore: () => unknown): Promise<void> {
  const heard: string[] = [];
  const More = () => {
    useMore();
    return null;
  };
  const Page = ({ isOn }: { isOn: boolean }) => {
    useStreamEvents((event) => heard.push(event.event), { topics: SYSTEM });
    return isOn ? <More /> : null;
  };
  const { rerender } = render(<Page isOn={false} />, { wrapper });
  await waitFor(() => expect(heard).toContain('heartbeat'));
  rerender(<Page isOn />);
}

describe('a download that joins an open stream', () => {
  const held = () => client.getQueryData<Download>(queryKeys.downloadProgress('d1'))?.progress;
  const joinAsOf = async (seq: number) => {
    server.routes.set('GET /download/d1', json(makeDownload({ seq: 1, progress: 5 }), at(seq)));
    await join(() => useDownloadProgressSSE('d1'));
    await waitFor(() => expect(held()).toBe(5));
    await waitFor(() => expect(topics()).toBe('downloads,system'));
    server.lastStream.send('download_progress', makeProgress({ progress: 33 }), 'e1:7');
    await waitFor(() => expect(held()).toBe(33));
  };

  it('is fetched once if its answer is as new as the stream', async () => {
    await joinAsOf(6);
    expect(server.count('GET /download/d1')).toBe(1);
  });

  it('is fetched once more if its answer is older', async () => {
    await joinAsOf(5);
    await waitFor(() => expect(server.count('GET /download/d1')).toBe(2));
  });
});

describe('storage that joins an open stream', () => {
  it.each([
    { seq: 6, count: 1, used: 40 },
    { seq: 5, count: 2, used: 41 },
  ])('is judged when its answer comes late: as of $seq, it is fetched $count times', async ({ seq, count, used }) => {
    let answer: (() => void) | undefined;
    server.routes.set('GET /storage', (response, request) => {
      server.routes.set('GET /storage', json(makeStorage(41), at(7)));
      answer = () => json(makeStorage(40), at(seq))(response, request);
    });
    const heard: number[] = [];
    await join(() => {
      useStorageSSE();
      useStreamEvents((event) => event.seq !== null && heard.push(event.seq), { topics: STORAGE });
    });
    await waitFor(() => expect(topics()).toBe('system,storage'));
    // Once this is heard the stream has been widened.
    server.lastStream.send('heartbeat', { server_time: TIME }, 'e1:8');
    await waitFor(() => expect(heard).toContain(8));
    answer?.();
    await waitFor(() => expect(client.getQueryData(queryKeys.storage())).toMatchObject({ used_space: used }));
    expect(server.count('GET /storage')).toBe(count);
  });

  it('is fetched once more when it comes back to a stream that did not carry it meanwhile', async () => {
    client.setQueryData(queryKeys.storage(), makeStorage(40));
    server.routes.set('GET /storage', json(makeStorage(41), at(6)));
    await join(() => useStorageSSE());
    await waitFor(() => expect(client.getQueryData(queryKeys.storage())).toMatchObject({ used_space: 41 }));
    expect(server.count('GET /storage')).toBe(1);
  });
});

describe('the statistics of a queue that joins an open stream', () => {
  it('are known from its first answer, before any event says them', async () => {
    const held = () => client.getQueryData(queryKeys.queueStats());
    const items = [
      makeDownload({ download_id: 'a', download_speed: 30 }),
      makeDownload({ download_id: 'b', download_speed: 12 }),
    ];
    const counts = makeCounts({ downloading: 2 });
    server.routes.set('GET /download/queue', json({ items, counts, total: 2, next_cursor: null }, at(6)));
    await join(() => useQueueUpdatesSSE());
    await waitFor(() => expect(held()).toEqual({ counts, total_speed: 42, seq: 6 }));
    await waitFor(() => expect(topics()).toBe('downloads,queue,stats,system'));
    server.lastStream.send('queue_stats', { counts, total_speed: 50 }, 'e1:7');
    await waitFor(() => expect(held()).toMatchObject({ total_speed: 50, seq: 7 }));
    expect(server.count('GET /download/queue')).toBe(1);
  });
});
