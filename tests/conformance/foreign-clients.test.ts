import { CONTROL_FRAMES, type Connected, EVENTS, isFact, keyspace, parseCursor } from '@hermes/contracts';
import { connectRedis } from '@hermes/runtime';
import type { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { TestHermes } from '../e2e/test-hermes.ts';
import { serveFile, TestOrigin, testBytes } from '../support/test-origin.ts';
import { BROWSERS } from './browsers/all-browsers.ts';
import { startBrowserClient } from './clients/browser-client.ts';
import { startCurl } from './clients/curl-client.ts';
import { startFetchEventSource } from './clients/fetch-event-source-client.ts';
import type { ForeignClient, SeenEvent, StartClient } from './clients/foreign-client.ts';
import { startNpmEventSource } from './clients/npm-eventsource-client.ts';
import { startParser } from './clients/parser-client.ts';

const CLIENTS: readonly { name: string; isMissing: boolean; start: StartClient }[] = [
  { name: 'curl', isMissing: false, start: startCurl },
  { name: 'eventsource-parser', isMissing: false, start: startParser },
  { name: 'the npm package eventsource', isMissing: false, start: startNpmEventSource },
  { name: '@microsoft/fetch-event-source', isMissing: false, start: startFetchEventSource },
  ...BROWSERS.map(({ name, isMissing, start }) => ({
    name: `the EventSource of ${name}`,
    isMissing,
    start: startBrowserClient(start),
  })),
];

/** How often a client must have been connected: it came back more than once. */
const CONNECTIONS = 3;
const WAIT = { timeout: 60_000, interval: 200 };

let hermes: TestHermes;
let origin: TestOrigin;
let redis: Redis;
let isOver = false;
let producing: Promise<void>;

beforeAll(async () => {
  // Streams are ended after two seconds, so that every client has to come back while things happen.
  [hermes, origin] = await Promise.all([
    TestHermes.start({ HERMES_SSE_MAX_AGE: '2', HERMES_RATE_LIMIT_PER_MINUTE: '10000' }),
    TestOrigin.start(),
  ]);
  origin.on('/file.bin', serveFile(testBytes(60_000), { bytesPerSecond: 60_000 }));
  redis = await connectRedis(hermes.redisUrl, 'commands');
  producing = produce();
}, 120_000);
afterAll(async () => {
  isOver = true;
  await producing;
  redis?.disconnect();
  await hermes?.close();
  await origin?.close();
});

/** Real downloads, one after the other, as long as somebody watches. */
async function produce(): Promise<void> {
  while (!isOver) {
    await fetch(`${hermes.origin}/api/v1/download`, {
      method: 'POST',
      headers: { ...hermes.authorization, 'content-type': 'application/json' },
      body: JSON.stringify({ url: origin.url('/file.bin') }),
    });
    await new Promise((done) => setTimeout(done, 400));
  }
}

const logPosition = async () => Number(await redis.get(keyspace('').seq));
const seqOf = ({ id }: SeenEvent) => parseCursor(id)?.seq ?? -1;
const isLogEvent = ({ event }: SeenEvent) => Object.hasOwn(EVENTS, event);

/** Watches until the client has come back often enough, and then until it holds all that had happened by that time. */
async function watch(client: ForeignClient): Promise<{ seen: readonly SeenEvent[]; end: number }> {
  const connections = (seen: readonly SeenEvent[]) => seen.filter(({ event }) => event === 'connected').length;
  await vi.waitFor(async () => expect(connections(await client.seen())).toBeGreaterThanOrEqual(CONNECTIONS), WAIT);
  const end = await logPosition();
  return vi.waitFor(async () => {
    const seen = await client.seen();
    expect(Math.max(...seen.map(seqOf))).toBeGreaterThanOrEqual(end);
    return { seen, end };
  }, WAIT);
}

describe('the stream, read by', () => {
  test.concurrent.for(CLIENTS)('$name', { timeout: 180_000 }, async ({ isMissing, start }, { expect, skip }) => {
    skip(isMissing);
    const client = await start({ origin: hermes.origin, path: '/api/v1/events/stream', key: hermes.key });
    const { seen, end } = await watch(client).finally(() => client.close());

    // It begins as promised, and each time it goes on from where it was.
    expect(seen.slice(0, 2).map(({ event }) => event)).toEqual(['connected', 'snapshot']);
    const greetings = seen
      .filter(({ event }) => event === 'connected')
      .map(({ data }) => JSON.parse(data) as Connected);
    expect(greetings.map(({ recovered }) => recovered)).toEqual(greetings.map((_, index) => index > 0));
    expect(seen.filter(({ event }) => event === 'snapshot')).toHaveLength(1);

    // Nothing but what is documented, and of the documented form.
    for (const { event, data } of seen) {
      const schema = { ...CONTROL_FRAMES, ...mapData() }[event];
      expect(schema?.safeParse(JSON.parse(data)).success, `${event}: ${data}`).toBe(true);
    }
    const names = new Set(seen.map(({ event }) => event));
    for (const name of ['download_progress', 'download_status', 'queue_update', 'draining'])
      expect(names).toContain(name);

    // Each once and in order, across all connections; and every fact.
    const log = seen.filter(isLogEvent);
    const seqs = log.map(seqOf);
    expect(seqs).toEqual([...new Set(seqs)].sort((a, b) => a - b));
    const begin = parseCursor(greetings[0]?.cursor ?? '')?.seq ?? -1;
    const facts = await redis.xrange(keyspace('').facts, `${begin + 1}-0`, `${end}-0`);
    const expected = facts.map(([id]) => Number(id.split('-')[0]));
    expect(expected.length).toBeGreaterThan(10);
    const received = log.filter(({ event }) => isFact(event as keyof typeof EVENTS)).map(seqOf);
    expect(received.filter((seq) => seq <= end)).toEqual(expected);
  });
});

function mapData(): Record<string, (typeof EVENTS)[keyof typeof EVENTS]['data']> {
  return Object.fromEntries(Object.entries(EVENTS).map(([name, { data }]) => [name, data]));
}
