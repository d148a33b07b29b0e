// @vitest-environment node
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Demand } from '../demand.ts';
import { frame, page } from '../fixtures/bare-page.ts';
import { makeProgress } from '../fixtures/downloads.ts';
import { HermesServer, problem } from '../fixtures/hermes-server.ts';
import { waitFor } from '../fixtures/wait-for.ts';
import { isLogEvent, type StreamEvent } from '../stream-event.ts';
import { TabStream } from './tab-stream.ts';

const DOWNLOADS: Demand = { topics: ['downloads'], intervalMs: 0 };

let server: HermesServer;
let streams: TabStream[];

beforeEach(async () => {
  server = await HermesServer.start();
  streams = [];
  server.onStream = (served) => {
    const lastEventId = served.headers['last-event-id'];
    const topics = new URL(served.path, 'http://x').searchParams.get('channels')?.split(',') ?? [];
    served.send('connected', {
      connection_id: 'c1',
      recovered: lastEventId !== undefined,
      cursor: lastEventId ?? 'e1:0',
      server_time: '2026-01-01T00:00:00.000Z',
      heartbeat_interval: 30,
      topics,
    });
  };
});

afterEach(async () => {
  for (const stream of streams) stream.close();
  vi.unstubAllGlobals();
  await server.stop();
});

/** A tab as far as this is concerned: Node has Web Locks and BroadcastChannel, too. */
function openTab(demand: Demand = DOWNLOADS, apiKey?: string) {
  const stream = new TabStream({ baseUrl: server.baseUrl, apiKey, timing: { baseDelayMs: 5, maxDelayMs: 20 } });
  const events: StreamEvent[] = [];
  streams.push(stream);
  stream.subscribe((event) => events.push(event));
  stream.want(demand);
  stream.open();
  return { stream, events, seqs: () => events.filter(isLogEvent).map(({ seq }) => seq) };
}

const live = (tab: ReturnType<typeof openTab>) => waitFor(() => expect(tab.stream.connection.get().state).toBe('live'));
const send = (seq: number) =>
  server.openStreams.at(-1)?.send('download_progress', makeProgress({ progress: 1 }), `e1:${seq}`);

describe('TabStream', () => {
  it('shares one connection, and every tab gets every event', async () => {
    const tabs = [openTab(), openTab(), openTab()];
    for (const tab of tabs) await live(tab);
    send(1);
    send(2);
    for (const tab of tabs) await waitFor(() => expect(tab.seqs()).toEqual([1, 2]));
    expect(server.streams).toHaveLength(1);
  });

  it('begins a tab that comes later with what the leader has heard', async () => {
    const first = openTab();
    await live(first);
    send(1);
    send(2);
    await waitFor(() => expect(first.seqs()).toEqual([1, 2]));
    const late = openTab();
    await live(late);
    // A newer state of the same download has taken the place of the first.
    await waitFor(() => expect(late.seqs()).toEqual([2]));
    expect(late.events[0]).toMatchObject({ event: 'connected', data: { recovered: false } });
    send(3);
    await waitFor(() => expect(late.seqs()).toEqual([2, 3]));
    expect(server.streams).toHaveLength(1);
  });

  it('hands the stream on when the leader closes, without a gap', async () => {
    const leader = openTab();
    await live(leader);
    const follower = openTab();
    await live(follower);
    send(1);
    await waitFor(() => expect(follower.seqs()).toEqual([1]));
    leader.stream.close();
    await waitFor(() => expect(server.streams).toHaveLength(2));
    await waitFor(() => expect(server.openStreams).toHaveLength(1));
    expect(server.lastStream.headers['last-event-id']).toBe('e1:1');
    send(2);
    await waitFor(() => expect(follower.seqs()).toEqual([1, 2]));
    expect(leader.seqs()).toEqual([1]);
  });

  it('carries what all tabs want, and less again when one goes', async () => {
    const first = openTab({ topics: ['downloads'], intervalMs: 1000 });
    await live(first);
    expect(server.lastStream.path).toBe('/events/stream?channels=downloads&interval_ms=1000');
    const second = openTab({ topics: ['storage'], intervalMs: 250 });
    await waitFor(() =>
      expect(server.lastStream.path).toBe('/events/stream?channels=downloads,storage&interval_ms=250'),
    );
    await live(second);
    second.stream.close();
    await waitFor(() => expect(server.lastStream.path).toBe('/events/stream?channels=downloads&interval_ms=1000'));
    await waitFor(() => expect(server.openStreams).toHaveLength(1));
    expect(first.stream.connection.get().state).toBe('live');
  });

  it('carries the progress of what any tab shows', async () => {
    const rows = (...progressOf: string[]): Demand => ({ topics: ['downloads'], intervalMs: 0, progressOf });
    const first = openTab(rows('b'));
    await live(first);
    const second = openTab(rows('a'));
    await waitFor(() => expect(server.lastStream.path).toBe('/events/stream?channels=downloads&download_id=a,b'));
    await live(second);
    second.stream.want(rows('c'));
    await waitFor(() => expect(server.lastStream.path).toBe('/events/stream?channels=downloads&download_id=b,c'));
    first.stream.close();
    await waitFor(() => expect(server.lastStream.path).toBe('/events/stream?channels=downloads&download_id=c'));
    await waitFor(() => expect(server.openStreams).toHaveLength(1));
  });

  it('carries what the others show under another leader as well, from where it was', async () => {
    const rows = (...progressOf: string[]): Demand => ({ topics: ['downloads'], intervalMs: 0, progressOf });
    const leader = openTab(rows('a'));
    await live(leader);
    const others = [openTab(rows('b')), openTab(rows('c'))];
    for (const tab of others) await live(tab);
    await waitFor(() => expect(server.lastStream.path).toContain('download_id=a,b,c'));
    send(1);
    for (const tab of others) await waitFor(() => expect(tab.seqs()).toEqual([1]));
    leader.stream.close();
    await waitFor(() => expect(server.lastStream.path).toContain('download_id=b,c'));
    expect(server.lastStream.headers['last-event-id']).toBe('e1:1');
    await waitFor(() => expect(server.openStreams).toHaveLength(1));
    send(2);
    for (const tab of others) await waitFor(() => expect(tab.seqs()).toEqual([1, 2]));
  });

  it('does not share between credentials', async () => {
    const tabs = [openTab(DOWNLOADS, 'hermes_a'), openTab(DOWNLOADS, 'hermes_b')];
    for (const tab of tabs) await live(tab);
    expect(server.streams.map(({ headers }) => headers.authorization).sort()).toEqual([
      'Bearer hermes_a',
      'Bearer hermes_b',
    ]);
  });

  it('tells every tab why there is no stream, and tries again when any of them says so', async () => {
    server.refuseStream = problem('UNAUTHENTICATED');
    const tabs = [openTab(), openTab()];
    for (const { stream } of tabs) {
      await waitFor(() => expect(stream.connection.get()).toMatchObject({ state: 'off', error: { status: 401 } }));
    }
    const before = server.requests.length;
    server.refuseStream = null;
    tabs[1]?.stream.reconnect();
    for (const tab of tabs) await live(tab);
    expect(server.requests).toHaveLength(before + 1);
  });

  it('asks again for a tab that comes after a refusal: somebody may have logged in there', async () => {
    server.refuseStream = problem('UNAUTHENTICATED');
    const first = openTab();
    await waitFor(() => expect(first.stream.connection.get().state).toBe('off'));
    server.refuseStream = null;
    await live(openTab());
    await live(first);
  });

  it('keeps its place over close and open', async () => {
    const tab = openTab();
    await live(tab);
    send(4);
    await waitFor(() => expect(tab.seqs()).toEqual([4]));
    tab.stream.close();
    expect(tab.stream.connection.get().state).toBe('off');
    await waitFor(() => expect(server.openStreams).toHaveLength(0));
    tab.stream.open();
    await live(tab);
    expect(server.lastStream.headers['last-event-id']).toBe('e1:4');
  });

  it('ignores what is not of its language', async () => {
    const names: string[] = [];
    const RealChannel = BroadcastChannel;
    vi.stubGlobal(
      'BroadcastChannel',
      class extends RealChannel {
        constructor(name: string) {
          super(name);
          names.push(name);
        }
      },
    );
    const tab = openTab(DOWNLOADS, 'hermes_secret');
    await live(tab);
    expect(names.join()).toMatch(/^hermes-stream-\d+-[0-9a-f]{32}$/);
    const stranger = new RealChannel(names[0] ?? '');
    for (const message of [null, 'hello', {}, { version: 99, message: { kind: 'beat' } }])
      stranger.postMessage(message);
    send(1);
    await waitFor(() => expect(tab.seqs()).toEqual([1]));
    stranger.close();
  });

  it('has a stream of its own where tabs cannot agree', async () => {
    vi.stubGlobal('BroadcastChannel', undefined);
    const tabs = [openTab(), openTab()];
    for (const tab of tabs) await live(tab);
    expect(server.openStreams).toHaveLength(2);
    tabs[0]?.stream.close();
    await waitFor(() => expect(server.openStreams).toHaveLength(1));
  });

  it('leaves the stream to others while its page is frozen or kept, and goes on afterwards', async () => {
    const tab = openTab();
    await live(tab);
    send(1);
    await waitFor(() => expect(tab.seqs()).toEqual([1]));
    for (const [target, sleep, wake] of [
      [page, 'freeze', 'resume'],
      [frame, 'pagehide', 'pageshow'],
    ] as const) {
      target.dispatchEvent(new Event(sleep));
      await waitFor(() => expect(server.openStreams).toHaveLength(0));
      target.dispatchEvent(new Event(wake));
      await live(tab);
      expect(server.lastStream.headers['last-event-id']).toBe('e1:1');
    }
    tab.stream.close();
    page.dispatchEvent(new Event('resume'));
    await waitFor(() => expect(server.openStreams).toHaveLength(0));
  });

  it.each(['online', 'offline'])('looks after its connection when the network is %s', async (type) => {
    const tab = openTab();
    await live(tab);
    const before = server.streams.length;
    frame.dispatchEvent(new Event(type));
    await waitFor(() => expect(server.streams).toHaveLength(before + 1));
    await live(tab);
    await waitFor(() => expect(server.openStreams).toHaveLength(1));
  });
});
