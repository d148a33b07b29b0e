import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeProgress } from './fixtures/downloads.ts';
import { HermesServer } from './fixtures/hermes-server.ts';
import { waitFor } from './fixtures/wait-for.ts';
import { openStream } from './fixtures/watched-stream.ts';
import { isLogEvent } from './stream-event.ts';

let server: HermesServer;
let watched: ReturnType<typeof openStream>;

beforeEach(async () => {
  server = await HermesServer.start();
  server.onStream = (served) => served.connected({ recovered: served.headers['last-event-id'] !== undefined });
});

afterEach(async () => {
  watched.stream.close();
  await server.stop();
});

const wantProgressOf = (...progressOf: string[]) =>
  watched.stream.want({ topics: ['downloads'], intervalMs: 0, progressOf });
const asked = () => server.streams.map(({ path }) => new URL(path, 'http://x').searchParams.get('download_id'));

/** A live stream that carries the progress of these, and has been told something. */
async function openFor(...progressOf: string[]): Promise<void> {
  watched = openStream(server);
  watched.stream.close();
  wantProgressOf(...progressOf);
  watched.stream.open();
  await waitFor(() => expect(asked().at(-1)).toBe(progressOf.join()));
  await waitFor(() => expect(watched.stream.connection.get().state).toBe('live'));
  watched.states.length = 0;
  server.lastStream.send('download_progress', makeProgress({ progress: 10 }), 'e1:7');
  await waitFor(() => expect(watched.events.filter(isLogEvent)).toHaveLength(1));
}

describe('a stream of some downloads', () => {
  it('changes over to others with its place in the log, and stays live', async () => {
    await openFor('a', 'b');
    const streams = server.streams.length;
    wantProgressOf('b', 'c');
    await waitFor(() => expect(server.streams).toHaveLength(streams + 1));
    expect(asked().at(-1)).toBe('b,c');
    expect(server.lastStream.headers['last-event-id']).toBe('e1:7');
    server.lastStream.send('download_progress', makeProgress({ download_id: 'c', progress: 50 }), 'e1:8');
    await waitFor(() => expect(watched.events.filter(isLogEvent)).toHaveLength(2));
    expect(watched.states.filter((state) => state !== 'live')).toEqual([]);
  });

  it('changes over once for many changes, and to the last of them', async () => {
    await openFor('a');
    const streams = server.streams.length;
    for (let n = 0; n < 50; n += 1) wantProgressOf(`row-${n}`, `row-${n + 1}`);
    await waitFor(() => expect(server.streams.length).toBeGreaterThan(streams));
    expect(asked().at(-1)).toBe('row-49,row-50');
    expect(server.streams).toHaveLength(streams + 1);
  });

  it('lives for a second at least, however fast somebody scrolls', async () => {
    const from = performance.now();
    await openFor('a');
    const { length } = server.streams;
    wantProgressOf('b');
    await waitFor(() => expect(server.streams).toHaveLength(length + 1));
    // Timers are late, never early.
    expect(performance.now() - from).toBeGreaterThan(990);
  });

  it('is left as it is while it brings too much, until that has been so for a while', async () => {
    await openFor('a', 'b', 'c');
    const { length } = server.streams;
    wantProgressOf('a');
    // Back again before it was worth a connection.
    wantProgressOf('a', 'b', 'c');
    const from = performance.now();
    wantProgressOf('b');
    await waitFor(() => expect(asked().at(-1)).toBe('b'));
    expect(performance.now() - from).toBeGreaterThan(1990);
    expect(server.streams).toHaveLength(length + 1);
    expect(watched.states.filter((state) => state !== 'live')).toEqual([]);
  });
});
