import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { EventStream } from './event-stream.ts';
import { makeCounts, makeProgress } from './fixtures/downloads.ts';
import { HermesServer, problem } from './fixtures/hermes-server.ts';
import type { StreamTiming } from './reconnect-policy.ts';
import { isLogEvent, type StreamEvent } from './stream-event.ts';

let server: HermesServer;
let stream: EventStream | undefined;

beforeEach(async () => {
  server = await HermesServer.start();
});

afterEach(async () => {
  stream?.close();
  stream = undefined;
  await server.stop();
});

const FAST: Partial<StreamTiming> = { baseDelayMs: 5, maxDelayMs: 20 };

function open(timing: Partial<StreamTiming> = FAST) {
  const events: StreamEvent[] = [];
  const states: string[] = [];
  const opened = new EventStream({ url: server.streamUrl, timing, headers: { authorization: 'Bearer k' } });
  opened.subscribe((event) => events.push(event));
  opened.connection.subscribe(() => {
    const { state } = opened.connection.get();
    if (states.at(-1) !== state) states.push(state);
  });
  opened.open();
  stream = opened;
  return { stream: opened, events, states };
}

const seqs = (events: StreamEvent[]) => events.filter(isLogEvent).map((event) => event.seq);

describe('EventStream', () => {
  it('connects, greets, and hands on what comes', async () => {
    server.onStream = (served) => {
      served.connected();
      served.send('download_progress', makeProgress({ progress: 10 }), 'e1:1');
    };
    const { stream, events, states } = open();
    await vi.waitFor(() => expect(events).toHaveLength(2));
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

  it('makes one connection however often it is opened', async () => {
    const { stream } = open();
    stream.open();
    stream.open();
    await vi.waitFor(() => expect(stream.connection.get().state).toBe('live'));
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
    await vi.waitFor(() => expect(server.streams).toHaveLength(2));
    expect(server.lastStream.headers['last-event-id']).toBe('e1:7');
  });

  it('keeps its place over close and open', async () => {
    const { stream, events } = open();
    await vi.waitFor(() => expect(stream.connection.get().state).toBe('live'));
    server.lastStream.send('download_progress', makeProgress({ progress: 10 }), 'e1:4');
    await vi.waitFor(() => expect(events).toHaveLength(2));
    stream.close();
    stream.open();
    await vi.waitFor(() => expect(server.streams).toHaveLength(2));
    expect(server.lastStream.headers['last-event-id']).toBe('e1:4');
  });

  it('forgets its place when the server could not go on from there', async () => {
    server.onStream = (served) => {
      served.connected({ recovered: false });
      if (server.streams.length === 1) served.send('download_progress', makeProgress({ progress: 10 }), 'e1:4');
      if (server.streams.length < 3) served.end();
    };
    open();
    await vi.waitFor(() => expect(server.streams).toHaveLength(3));
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
    await vi.waitFor(() => expect(server.streams).toHaveLength(2));
    expect(events.map((event) => event.event)).toContain('reset');
    expect(server.lastStream.headers).not.toHaveProperty('last-event-id');
  });

  it('reconnects after the server ended the stream, and after the connection broke', async () => {
    const { stream, states } = open();
    await vi.waitFor(() => expect(stream.connection.get().state).toBe('live'));
    server.lastStream.end();
    await vi.waitFor(() => expect(server.streams).toHaveLength(2));
    await vi.waitFor(() => expect(stream.connection.get().state).toBe('live'));
    server.lastStream.destroy();
    await vi.waitFor(() => expect(server.streams).toHaveLength(3));
    await vi.waitFor(() => expect(stream.connection.get().state).toBe('live'));
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
    await vi.waitFor(() => expect(seqs(events)).toEqual([1, 2, 3, 1, 2]));
  });

  it('hands on a snapshot whose position was seen before', async () => {
    server.onStream = (served) => {
      served.connected();
      served.send('download_progress', makeProgress({ progress: 10 }), 'e1:5');
      served.send('snapshot', { downloads: [], counts: makeCounts(), page: 1, last: true }, 'e1:5');
    };
    const { events } = open();
    await vi.waitFor(() => expect(events.at(-1)).toMatchObject({ event: 'snapshot', seq: 5 }));
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
    await vi.waitFor(() => expect(seqs(events)).toEqual([5]));
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
    await vi.waitFor(() => expect(events).toHaveLength(10_001), { timeout: 20_000 });
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
    await vi.waitFor(() => expect(late).toHaveBeenCalledTimes(1));
    expect(reported).toHaveBeenCalledWith(new Error('bad listener'));
    expect(events).toHaveLength(1);
    expect(stream.connection.get().state).toBe('live');
    reported.mockRestore();
  });

  it('stops telling a listener that has unsubscribed', async () => {
    const { stream, events } = open();
    const listener = vi.fn();
    stream.subscribe(listener)();
    await vi.waitFor(() => expect(events).toHaveLength(1));
    expect(listener).not.toHaveBeenCalled();
  });

  it('leaves no connection behind when it is closed', async () => {
    const { stream } = open();
    await vi.waitFor(() => expect(server.openStreams).toHaveLength(1));
    stream.close();
    expect(stream.connection.get()).toMatchObject({ state: 'off', error: null });
    await vi.waitFor(() => expect(server.openStreams).toHaveLength(0));
  });
});

describe('silence', () => {
  it('ends a connection that says nothing for 2.5 heartbeats', async () => {
    server.onStream = (served) => served.connected({ heartbeat_interval: 0.04 });
    const { stream, states } = open();
    await vi.waitFor(() => expect(server.streams.length).toBeGreaterThan(1));
    expect(states).toContain('reconnecting');
    await vi.waitFor(() => expect(server.streams[0]?.isOpen).toBe(false));
    expect(stream.connection.get().state).not.toBe('off');
  });

  it('takes comments for a sign of life', async () => {
    const comments = new Set<NodeJS.Timeout>();
    server.onStream = (served) => {
      served.connected({ heartbeat_interval: 0.2 });
      comments.add(setInterval(() => served.write(': still here\n'), 50));
    };
    const { stream } = open();
    await vi.waitFor(() => expect(stream.connection.get().state).toBe('live'));
    const { since } = stream.connection.get();
    // More than twice the silence that would have ended it.
    await vi.waitFor(() => expect(Date.now() - since).toBeGreaterThan(1_200), { timeout: 5_000 });
    expect(server.streams).toHaveLength(1);
    for (const timer of comments) clearInterval(timer);
  });

  it('gives up on a server that accepts but never greets, even if it trickles', async () => {
    const trickle = new Set<NodeJS.Timeout>();
    server.onStream = (served) => trickle.add(setInterval(() => served.write(':\n'), 10));
    const { stream } = open({ ...FAST, connectTimeoutMs: 60 });
    await vi.waitFor(() => expect(server.streams.length).toBeGreaterThan(1));
    expect(stream.connection.get().error).toMatchObject({
      code: 'NETWORK_ERROR',
      message: 'The server does not answer',
    });
    for (const timer of trickle) clearInterval(timer);
  });
});

describe('a stream that cannot be had', () => {
  it('polls after two failed attempts, tries on, and is live again when the server is', async () => {
    server.refuseStream = problem('REDIS_UNAVAILABLE');
    const { stream, states } = open();
    await vi.waitFor(() => expect(stream.connection.get().state).toBe('polling'));
    expect(states).toEqual(['connecting', 'reconnecting', 'polling']);
    expect(stream.connection.get().attempts).toBeGreaterThanOrEqual(2);
    expect(stream.connection.get().error).toMatchObject({ code: 'REDIS_UNAVAILABLE', status: 503 });
    server.refuseStream = null;
    await vi.waitFor(() => expect(stream.connection.get()).toMatchObject({ state: 'live', attempts: 0, error: null }));
  });

  it('polls after a while without a connection, however few the attempts', async () => {
    server.refuseStream = () => undefined;
    const { stream } = open({ ...FAST, pollingAfterMs: 30 });
    await vi.waitFor(() => expect(stream.connection.get()).toMatchObject({ state: 'polling', attempts: 0 }));
    expect(server.requests).toHaveLength(1);
  });

  it('counts the while anew from when a live stream broke', async () => {
    const { stream } = open({ ...FAST, pollingAfterMs: 60 });
    await vi.waitFor(() => expect(stream.connection.get().state).toBe('live'));
    server.refuseStream = () => undefined;
    server.lastStream.destroy();
    await vi.waitFor(() => expect(stream.connection.get().state).toBe('reconnecting'));
    await vi.waitFor(() => expect(stream.connection.get()).toMatchObject({ state: 'polling', attempts: 0 }));
  });

  it.each(['UNAUTHENTICATED', 'CREDENTIAL_EXPIRED', 'FORBIDDEN'] as const)(
    'is off after %s, without a loop',
    async (code) => {
      server.refuseStream = problem(code);
      const { stream, states } = open();
      await vi.waitFor(() => expect(stream.connection.get()).toMatchObject({ state: 'off', error: { code } }));
      await new Promise((resolve) => setTimeout(resolve, 100));
      expect(server.requests).toHaveLength(1);
      expect(states).toEqual(['connecting', 'off']);
      server.refuseStream = null;
      stream.reconnect();
      await vi.waitFor(() => expect(stream.connection.get()).toMatchObject({ state: 'live', error: null }));
    },
  );

  it('polls at once when streams are switched off, and asks again later', async () => {
    server.refuseStream = problem('SSE_DISABLED');
    const { stream, states } = open({ ...FAST, disabledProbeMs: 50 });
    await vi.waitFor(() => expect(server.requests.length).toBeGreaterThan(2));
    expect(states).toEqual(['connecting', 'polling']);
    server.refuseStream = null;
    await vi.waitFor(() => expect(stream.connection.get().state).toBe('live'));
  });

  it('waits as long as Retry-After says when the server is full', async () => {
    server.refuseStream = problem('SSE_CAPACITY', {}, { 'retry-after': '1' });
    const { stream } = open();
    await vi.waitFor(() => expect(stream.connection.get().error).toMatchObject({ retryAfterMs: 1000 }));
    const askedAt = Date.now();
    server.refuseStream = null;
    await vi.waitFor(() => expect(stream.connection.get().state).toBe('live'), { timeout: 5_000 });
    expect(Date.now() - askedAt).toBeGreaterThan(800);
  });

  it.each([
    ['a page of something else', 200, 'text/html'],
    ['nothing', 204, ''],
    ['an error of a proxy', 502, 'text/html'],
  ])('tries on when it gets %s', async (_, status, type) => {
    server.refuseStream = (response) => response.writeHead(status, type ? { 'content-type': type } : {}).end();
    const { stream } = open();
    await vi.waitFor(() => expect(stream.connection.get().attempts).toBeGreaterThanOrEqual(2));
    expect(stream.connection.get().error).toMatchObject({ code: 'INVALID_ANSWER', status });
    server.refuseStream = null;
    await vi.waitFor(() => expect(stream.connection.get().state).toBe('live'));
  });

  it('says so when there is no server at all', async () => {
    await server.stop();
    const { stream } = open();
    await vi.waitFor(() =>
      expect(stream.connection.get()).toMatchObject({
        state: 'polling',
        error: { code: 'NETWORK_ERROR', status: null, message: 'The server cannot be reached' },
      }),
    );
    server = await HermesServer.start();
  });
});

describe('what the server asks for', () => {
  it.each(['draining', 'auth_expired'])(
    'comes back when %s says so, even if the server does not hang up',
    async (event) => {
      server.onStream = (served) => {
        served.connected();
        if (server.streams.length === 1) served.send(event, { reason: 'test', retry_after_ms: 300 });
      };
      const { events } = open();
      await vi.waitFor(() => expect(events).toHaveLength(2));
      const toldAt = Date.now();
      await vi.waitFor(() => expect(server.streams[0]?.isOpen).toBe(false));
      await vi.waitFor(() => expect(server.streams).toHaveLength(2));
      expect(Date.now() - toldAt).toBeGreaterThan(200);
    },
  );

  it('is off when the credential has expired for good', async () => {
    server.onStream = (served) => {
      served.connected();
      server.refuseStream = problem('CREDENTIAL_EXPIRED');
      served.send('auth_expired', { reason: 'expired', retry_after_ms: 1 });
    };
    const { stream } = open();
    await vi.waitFor(() =>
      expect(stream.connection.get()).toMatchObject({ state: 'off', error: { code: 'CREDENTIAL_EXPIRED' } }),
    );
  });

  it('takes `retry:` for the first step of its backoff', async () => {
    server.onStream = (served) => {
      served.connected();
      if (server.streams.length > 1) return;
      served.write('retry: 1\n\n');
      served.end();
    };
    // With its own first step it would not be back before the test ends.
    const { stream } = open({ baseDelayMs: 100_000, maxDelayMs: 100_000 });
    await vi.waitFor(() => expect(server.streams).toHaveLength(2));
    await vi.waitFor(() => expect(stream.connection.get().state).toBe('live'));
  });
});
