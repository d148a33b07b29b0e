import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { makeCounts, makeProgress } from './fixtures/downloads.ts';
import { HermesServer } from './fixtures/hermes-server.ts';
import { waitFor } from './fixtures/wait-for.ts';
import { openStream } from './fixtures/watched-stream.ts';
import { isLogEvent, type StreamEvent } from './stream-event.ts';

let server: HermesServer;
let watched: ReturnType<typeof openStream>;

beforeEach(async () => {
  server = await HermesServer.start();
});

afterEach(async () => {
  watched.stream.close();
  await server.stop();
});

function open() {
  watched = openStream(server);
  return watched;
}

const seqs = (events: StreamEvent[]) => events.filter(isLogEvent).map((event) => event.seq);

describe('EventStream', () => {
  it('connects, greets, and hands on what comes', async () => {
    server.onStream = (served) => {
      served.connected();
      served.send('download_progress', makeProgress({ progress: 10 }), 'e1:1');
    };
    const { stream, events, states } = open();
    await waitFor(() => expect(events).toHaveLength(2));
    expect(events[1]).toEqual({
      event: 'download_progress',
      data: makeProgress({ progress: 10 }),
      seq: 1,
      epoch: 'e1',
    });
    expect(stream.connection.get()).toMatchObject({ state: 'live', attempts: 0, error: null });
    expect(states).toEqual(['connecting', 'live']);
    expect(server.lastStream.headers).toMatchObject({ authorization: 'Bearer k', accept: 'text/event-stream' });
    expect(server.lastStream.headers).not.toHaveProperty('last-event-id');
  });

  it('says what holds the server up, until it goes on or the stream breaks', async () => {
    server.onStream = (served) => served.connected();
    const { stream, events } = open();
    await waitFor(() => expect(stream.connection.get().state).toBe('live'));
    const notice = (level: string, code: string, message: string) =>
      server.lastStream.send('system_notification', { level, code, message });
    notice('warning', 'REDIS_UNAVAILABLE', 'Live updates are held up');
    await waitFor(() =>
      expect(stream.connection.get()).toMatchObject({ state: 'live', notice: 'Live updates are held up' }),
    );
    notice('info', 'REDIS_RECOVERED', 'Live updates go on');
    await waitFor(() => expect(stream.connection.get().notice).toBeNull());
    // It has no place in the log, so it is no event of it.
    expect(events.filter(isLogEvent)).toEqual([]);

    notice('warning', 'REDIS_UNAVAILABLE', 'Live updates are held up');
    await waitFor(() => expect(stream.connection.get().notice).not.toBeNull());
    server.onStream = (served) => served.destroy();
    server.lastStream.destroy();
    await waitFor(() => expect(stream.connection.get().notice).toBeNull());
    expect(stream.connection.get().state).not.toBe('live');
  });

  it('makes one connection however often it is opened', async () => {
    const { stream } = open();
    stream.open();
    stream.open();
    await waitFor(() => expect(stream.connection.get().state).toBe('live'));
    expect(server.streams).toHaveLength(1);
  });

  it('resumes after the last event it holds, also when the id came with a heartbeat', async () => {
    server.onStream = (served) => {
      served.connected({ recovered: server.streams.length > 1 });
      if (server.streams.length > 1) return;
      served.send('download_progress', makeProgress({ progress: 10 }), 'e1:4');
      served.send('heartbeat', { server_time: '2026-01-01T00:00:00.000Z' }, 'e1:7');
      served.send('draining', { reason: 'test', retry_after_ms: 1 });
    };
    open();
    await waitFor(() => expect(server.streams).toHaveLength(2));
    expect(server.lastStream.headers['last-event-id']).toBe('e1:7');
  });

  it('keeps its place over close and open', async () => {
    const { stream, events } = open();
    await waitFor(() => expect(stream.connection.get().state).toBe('live'));
    server.lastStream.send('download_progress', makeProgress({ progress: 10 }), 'e1:4');
    await waitFor(() => expect(events).toHaveLength(2));
    stream.close();
    stream.open();
    await waitFor(() => expect(server.streams).toHaveLength(2));
    expect(server.lastStream.headers['last-event-id']).toBe('e1:4');
  });

  it('forgets its place when the server could not go on from there', async () => {
    server.onStream = (served) => {
      served.connected({ recovered: false });
      if (server.streams.length === 1) served.send('download_progress', makeProgress({ progress: 10 }), 'e1:4');
      if (server.streams.length < 3) served.end();
    };
    open();
    await waitFor(() => expect(server.streams).toHaveLength(3));
    expect(server.streams[1]?.headers['last-event-id']).toBe('e1:4');
    expect(server.streams[2]?.headers).not.toHaveProperty('last-event-id');
  });

  it('forgets its place at a reset', async () => {
    server.onStream = (served) => {
      served.connected({ recovered: true });
      if (server.streams.length > 1) return;
      served.send('download_progress', makeProgress({ progress: 10 }), 'e1:4');
      served.send('reset', { reason: 'overflow' });
      served.end();
    };
    const { events } = open();
    await waitFor(() => expect(server.streams).toHaveLength(2));
    expect(events.map((event) => event.event)).toContain('reset');
    expect(server.lastStream.headers).not.toHaveProperty('last-event-id');
  });

  it('reconnects after the server ended the stream, and after the connection broke', async () => {
    const { stream, states } = open();
    await waitFor(() => expect(stream.connection.get().state).toBe('live'));
    server.lastStream.end();
    await waitFor(() => expect(server.streams).toHaveLength(2));
    await waitFor(() => expect(stream.connection.get().state).toBe('live'));
    server.lastStream.destroy();
    await waitFor(() => expect(server.streams).toHaveLength(3));
    await waitFor(() => expect(stream.connection.get().state).toBe('live'));
    expect(states).toEqual(['connecting', 'live', 'reconnecting', 'live', 'reconnecting', 'live']);
  });

  it('drops what it has seen, but takes a new epoch from its beginning', async () => {
    server.onStream = (served) => {
      served.connected();
      for (const id of ['e1:1', 'e1:2', 'e1:2', 'e1:1', 'e1:3', 'e2:1', 'e2:2']) {
        served.send('download_progress', makeProgress({ progress: 10 }), id);
      }
    };
    const { events } = open();
    await waitFor(() => expect(seqs(events)).toEqual([1, 2, 3, 1, 2]));
  });

  it('hands on a snapshot whose position was seen before', async () => {
    server.onStream = (served) => {
      served.connected();
      served.send('download_progress', makeProgress({ progress: 10 }), 'e1:5');
      served.send('snapshot', { downloads: [], counts: makeCounts(), page: 1, last: true }, 'e1:5');
    };
    const { events } = open();
    await waitFor(() => expect(events.at(-1)).toMatchObject({ event: 'snapshot', seq: 5 }));
  });

  it('ignores garbage, and what precedes the greeting', async () => {
    server.onStream = (served) => {
      served.send('download_progress', makeProgress({ progress: 1 }), 'e1:1');
      served.connected();
      served.write('data\n\nevent: download_progress\nid: e1:2\ndata: {broken\n\n:\n\n\n\r\nfoo: bar\n\n');
      served.send('download_progress', { progress: 'a lot' }, 'e1:3');
      served.send('download_progress', makeProgress({ progress: 2 }));
      served.send('download_progress', makeProgress({ progress: 2 }), 'no cursor');
      served.send('something_else', {}, 'e1:4');
      served.send('toString', {}, 'e1:4');
      served.send('download_progress', makeProgress({ progress: 5 }), 'e1:5');
    };
    const { events } = open();
    await waitFor(() => expect(seqs(events)).toEqual([5]));
  });

  it('hands on ten thousand events in order, whatever pieces they come in', async () => {
    server.onStream = (served) => {
      served.connected();
      let text = '';
      for (let seq = 1; seq <= 10_000; seq += 1) {
        text += `id: e1:${seq}\nevent: download_progress\ndata: ${JSON.stringify(makeProgress({ progress: 50 }))}\n\n`;
        if (seq % 777 === 0) {
          served.write(text.slice(0, -9));
          text = text.slice(-9);
        }
      }
      served.write(text);
    };
    const { events } = open();
    await waitFor(() => expect(events).toHaveLength(10_001));
    expect(seqs(events)).toEqual(Array.from({ length: 10_000 }, (_, index) => index + 1));
  });

  it('goes on with the other listeners when one throws', async () => {
    const reported = vi.spyOn(globalThis, 'reportError').mockImplementation(() => undefined);
    const { stream, events } = open();
    const late = vi.fn();
    stream.subscribe(() => {
      throw new Error('bad listener');
    });
    stream.subscribe(late);
    await waitFor(() => expect(late).toHaveBeenCalledTimes(1));
    expect(reported).toHaveBeenCalledWith(new Error('bad listener'));
    expect(events).toHaveLength(1);
    expect(stream.connection.get().state).toBe('live');
    reported.mockRestore();
  });

  it('stops telling a listener that has unsubscribed', async () => {
    const { stream, events } = open();
    const listener = vi.fn();
    stream.subscribe(listener)();
    await waitFor(() => expect(events).toHaveLength(1));
    expect(listener).not.toHaveBeenCalled();
  });

  it('leaves no connection behind when it is closed', async () => {
    const { stream } = open();
    await waitFor(() => expect(server.openStreams).toHaveLength(1));
    stream.close();
    expect(stream.connection.get()).toMatchObject({ state: 'off', error: null });
    await waitFor(() => expect(server.openStreams).toHaveLength(0));
  });
});
