import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HermesServer, problem } from './fixtures/hermes-server.ts';
import { waitFor } from './fixtures/wait-for.ts';
import { FAST, openStream } from './fixtures/watched-stream.ts';
import type { StreamTiming } from './reconnect-policy.ts';

let server: HermesServer;
let watched: ReturnType<typeof openStream>;

beforeEach(async () => {
  server = await HermesServer.start();
});

afterEach(async () => {
  watched.stream.close();
  await server.stop();
});

function open(timing?: Partial<StreamTiming>) {
  watched = openStream(server, timing);
  return watched;
}

describe('silence', () => {
  it('ends a connection that says nothing for 2.5 heartbeats', async () => {
    server.onStream = (served) => served.connected({ heartbeat_interval: 0.04 });
    const { stream, states } = open();
    await waitFor(() => expect(server.streams.length).toBeGreaterThan(1));
    expect(states).toContain('reconnecting');
    await waitFor(() => expect(server.streams[0]?.isOpen).toBe(false));
    expect(stream.connection.get().state).not.toBe('off');
  });

  it('takes comments for a sign of life', async () => {
    const comments = new Set<NodeJS.Timeout>();
    server.onStream = (served) => {
      served.connected({ heartbeat_interval: 0.2 });
      comments.add(setInterval(() => served.write(': still here\n'), 50));
    };
    const { stream } = open();
    await waitFor(() => expect(stream.connection.get().state).toBe('live'));
    const { since } = stream.connection.get();
    // More than twice the silence that would have ended it.
    await waitFor(() => expect(Date.now() - since).toBeGreaterThan(1_200));
    expect(server.streams).toHaveLength(1);
    for (const timer of comments) clearInterval(timer);
  });

  it('gives up on a server that accepts but never greets, even if it trickles', async () => {
    const trickle = new Set<NodeJS.Timeout>();
    server.onStream = (served) => trickle.add(setInterval(() => served.write(':\n'), 10));
    const { stream } = open({ ...FAST, connectTimeoutMs: 60 });
    await waitFor(() => expect(server.streams.length).toBeGreaterThan(1));
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
    await waitFor(() => expect(stream.connection.get().state).toBe('polling'));
    expect(states).toEqual(['connecting', 'reconnecting', 'polling']);
    expect(stream.connection.get().attempts).toBeGreaterThanOrEqual(2);
    expect(stream.connection.get().error).toMatchObject({ code: 'REDIS_UNAVAILABLE', status: 503 });
    server.refuseStream = null;
    await waitFor(() => expect(stream.connection.get()).toMatchObject({ state: 'live', attempts: 0, error: null }));
  });

  it('polls after a while without a connection, however few the attempts', async () => {
    server.refuseStream = () => undefined;
    const { stream } = open({ ...FAST, pollingAfterMs: 30 });
    await waitFor(() => expect(stream.connection.get()).toMatchObject({ state: 'polling', attempts: 0 }));
    expect(server.requests).toHaveLength(1);
  });

  it('counts the while anew from when a live stream broke', async () => {
    const { stream } = open({ ...FAST, pollingAfterMs: 60 });
    await waitFor(() => expect(stream.connection.get().state).toBe('live'));
    server.refuseStream = () => undefined;
    server.lastStream.destroy();
    await waitFor(() => expect(stream.connection.get().state).toBe('reconnecting'));
    await waitFor(() => expect(stream.connection.get()).toMatchObject({ state: 'polling', attempts: 0 }));
  });

  it.each(['UNAUTHENTICATED', 'CREDENTIAL_EXPIRED', 'FORBIDDEN'] as const)(
    'is off after %s, without a loop',
    async (code) => {
      server.refuseStream = problem(code);
      const { stream, states } = open();
      await waitFor(() => expect(stream.connection.get()).toMatchObject({ state: 'off', error: { code } }));
      await new Promise((resolve) => setTimeout(resolve, 100));
      expect(server.requests).toHaveLength(1);
      expect(states).toEqual(['connecting', 'off']);
      server.refuseStream = null;
      stream.reconnect();
      await waitFor(() => expect(stream.connection.get()).toMatchObject({ state: 'live', error: null }));
    },
  );

  it('polls at once when streams are switched off, and asks again later', async () => {
    server.refuseStream = problem('SSE_DISABLED');
    const { stream, states } = open({ ...FAST, disabledProbeMs: 50 });
    await waitFor(() => expect(server.requests.length).toBeGreaterThan(2));
    expect(states).toEqual(['connecting', 'polling']);
    server.refuseStream = null;
    await waitFor(() => expect(stream.connection.get().state).toBe('live'));
  });

  it('waits as long as Retry-After says when the server is full', async () => {
    server.refuseStream = problem('SSE_CAPACITY', {}, { 'retry-after': '1' });
    const { stream } = open();
    await waitFor(() => expect(stream.connection.get().error).toMatchObject({ retryAfterMs: 1000 }));
    const askedAt = Date.now();
    server.refuseStream = null;
    await waitFor(() => expect(stream.connection.get().state).toBe('live'));
    expect(Date.now() - askedAt).toBeGreaterThan(800);
  });

  it.each([
    ['a page of something else', 200, 'text/html'],
    ['nothing', 204, ''],
    ['an error of a proxy', 502, 'text/html'],
  ])('tries on when it gets %s', async (_, status, type) => {
    server.refuseStream = (response) => response.writeHead(status, type ? { 'content-type': type } : {}).end();
    const { stream } = open();
    await waitFor(() => expect(stream.connection.get().attempts).toBeGreaterThanOrEqual(2));
    expect(stream.connection.get().error).toMatchObject({ code: 'INVALID_ANSWER', status });
    server.refuseStream = null;
    await waitFor(() => expect(stream.connection.get().state).toBe('live'));
  });

  it('says so when there is no server at all', async () => {
    await server.stop();
    const { stream } = open();
    await waitFor(() =>
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
      await waitFor(() => expect(events).toHaveLength(2));
      const toldAt = Date.now();
      await waitFor(() => expect(server.streams[0]?.isOpen).toBe(false));
      await waitFor(() => expect(server.streams).toHaveLength(2));
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
    await waitFor(() =>
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
    await waitFor(() => expect(server.streams).toHaveLength(2));
    await waitFor(() => expect(stream.connection.get().state).toBe('live'));
  });
});
