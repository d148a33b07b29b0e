import { isFact } from '@hermes/contracts';
import type { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { TestRedis } from '../../../tests/support/test-redis.ts';
import { ensureEpoch, type SeenPosition } from './epoch.ts';
import { NOTICE, progressOf, publishNotices, startDownload } from './fixtures/events.ts';
import { eventually } from './fixtures/eventually.ts';
import { LogReader, storedFactSeqs } from './fixtures/log-reader.ts';
import { openSubscribeGate } from './fixtures/subscribe-gate.ts';
import { LogFollower } from './follow.ts';
import { Publisher } from './publish.ts';
import { readPosition } from './read.ts';
import { trimFacts, writeOffset } from './trim.ts';

let server: TestRedis;
let redis: Redis;
let subscriber: Redis;
let publisher: Publisher;
const readers: LogReader[] = [];

beforeEach(async () => {
  server = await TestRedis.start();
  redis = await server.connect('commands');
  subscriber = await server.connect('patient');
  publisher = new Publisher(redis, server.keys);
});
afterEach(async () => {
  for (const reader of readers.splice(0)) {
    reader.follower.close();
    expect(reader.outOfOrder).toEqual([]);
  }
  await server.close();
});

async function follow(
  options: { from?: SeenPosition; verifyIntervalMs?: number; subscriber?: Redis; commands?: Redis } = {},
): Promise<LogReader> {
  // Unless a test is about it, nothing is found out by the timer.
  const defaults = { subscriber, commands: redis, keys: server.keys, verifyIntervalMs: 600_000 };
  const reader = new LogReader({ ...defaults, ...options });
  readers.push(reader);
  await reader.follower.start();
  return reader;
}

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, n) => from + n);
const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
const publish = () => publisher.publish('system_notification', NOTICE);
const reached = (reader: LogReader, seq: number) => eventually(() => expect(reader.follower.position.seq).toBe(seq));

/** Something happens that the subscriber is not told of. */
async function unheard(happen: () => Promise<unknown>): Promise<void> {
  await subscriber.unsubscribe();
  await happen();
  await subscriber.subscribe(...server.keys.channels);
}

async function killSubscriber(): Promise<void> {
  await redis.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
}

describe('following', () => {
  it('starts where the log stands and hands over everything live, in order', async () => {
    await publishNotices(publisher, 3);
    const reader = await follow();
    expect(reader.follower.isLive).toBe(true);
    const attempt = await startDownload(publisher, 'one');
    for (let n = 1; n <= 20; n++) await publisher.publishProgress(attempt, progressOf('one', n));
    await reached(reader, 27);
    expect(reader.seqs).toEqual(range(4, 27));
    expect(reader.follower.backfills).toBe(0);
    expect(reader).toMatchObject({ resets: [], connection: ['live'], errors: [] });
  });

  it('starts from a position of before and hands over what was missed first', async () => {
    const seen = await ensureEpoch(redis, server.keys, null);
    const attempt = await startDownload(publisher, 'one');
    for (let n = 1; n <= 20; n++) await publisher.publishProgress(attempt, progressOf('one', n));
    const from = { ...seen, seq: 2 };
    const reader = await follow({ from });
    expect(reader.seqs).toEqual([3, 4, 24]);
    await publish();
    await reached(reader, 25);
    expect(reader.resets).toEqual([]);
    expect(from.seq, 'what was handed in is not changed').toBe(2);
  });

  it('loses nothing of what is published while it starts', async () => {
    const seen = await ensureEpoch(redis, server.keys, null);
    const other = new Publisher(await server.connect('commands'), server.keys);
    const publishing = publishNotices(other, 300);
    const reader = await follow({ from: seen });
    await publishing;
    await reached(reader, 300);
    expect(reader.seqs).toEqual(range(1, 300));
  });

  it('tells two followers the same', async () => {
    const [one, two] = [await follow(), await follow({ subscriber: await server.connect('patient') })];
    await publishNotices(publisher, 20);
    await Promise.all([reached(one, 20), reached(two, 20)]);
    expect(one.events).toEqual(two.events);
    expect(one.seqs).toEqual(range(1, 20));
  });

  it('leaves nothing behind when it is closed, also while it starts', async () => {
    const listeners = () => ['message', 'ready', 'close'].map((name) => subscriber.listenerCount(name));
    const before = listeners();
    const timersBefore = timers();
    const reader = await follow();
    expect(listeners()).not.toEqual(before);
    await publishNotices(publisher, 2);
    await reached(reader, 2);
    reader.follower.close();
    expect(listeners()).toEqual(before);
    await publishNotices(publisher, 2);

    const late = new LogReader({ subscriber, commands: redis, keys: server.keys });
    const starting = late.follower.start();
    late.follower.close();
    await starting;
    expect(listeners()).toEqual(before);
    await publishNotices(publisher, 2);
    await subscriber.ping();
    expect(late).toMatchObject({ events: [], connection: [] });
    expect(reader.seqs).toEqual([1, 2]);
    // No more than before: those of the connections come and go.
    await eventually(() => expect(timers()).toBeLessThanOrEqual(timersBefore));
  });

  it('hands over nothing after it was closed in the middle of catching up, and leaves no timer', async () => {
    const seen = await ensureEpoch(redis, server.keys, null);
    await Promise.all(range(1, 1500).map(publish));
    const timersBefore = timers();
    const told: number[] = [];
    const follower = new LogFollower({
      ...{ subscriber, commands: redis, keys: server.keys, from: seen },
      handlers: {
        onEvents: (events) => {
          told.push(events.length);
          follower.close();
        },
        onReset: () => told.push(-1),
        onConnection: () => told.push(-2),
      },
    });
    await follower.start();
    expect(told).toEqual([1000]);
    await eventually(() => expect(timers()).toBeLessThanOrEqual(timersBefore));
  });
});

describe('a gap', () => {
  it('is read back when the next message shows it', async () => {
    const reader = await follow();
    await publishNotices(publisher, 2);
    await unheard(() => publishNotices(publisher, 5));
    await publish();
    await reached(reader, 8);
    expect(reader.seqs).toEqual(range(1, 8));
    expect(reader.resets).toEqual([]);
    expect(reader.follower.backfills).toBeGreaterThan(0);
  });

  it('is found by the timer when no message follows', async () => {
    const reader = await follow({ verifyIntervalMs: 20 });
    await unheard(() => publishNotices(publisher, 5));
    await reached(reader, 5);
    expect(reader.seqs).toEqual(range(1, 5));
    expect(reader.resets).toEqual([]);
  });

  it('is told as a lag while there is one', async () => {
    const commands = await server.connect('commands');
    const reader = await follow({ verifyIntervalMs: 20, commands });
    const asked = vi.spyOn(commands, 'mget').mockResolvedValue(['7', reader.follower.position.epoch]);
    await eventually(() => expect(reader.follower.lag).toBe(7));
    asked.mockRestore();
    await eventually(() => expect(reader.follower.lag).toBe(0));
  });

  it('that a lost connection makes is read back as soon as it is there again', async () => {
    const reader = await follow();
    await publish();
    await reached(reader, 1);
    await killSubscriber();
    await eventually(() => expect(reader.connection).toEqual(['live', 'lost']));
    await publishNotices(publisher, 5);
    await eventually(() => expect(reader.connection).toEqual(['live', 'lost', 'live']));
    await reached(reader, 6);
    await publish();
    await reached(reader, 7);
    expect(reader.seqs).toEqual(range(1, 7));
  });

  it('is never left, whenever the connection breaks', async () => {
    const reader = await follow();
    const other = new Publisher(await server.connect('commands'), server.keys);
    for (let n = 0; n < 10; n++) {
      const publishing = publishNotices(other, 50);
      await killSubscriber();
      await publishing;
      const { seq } = await readPosition(redis, server.keys);
      // No timer and no further message: reconnecting alone must find all of it.
      await reached(reader, seq);
    }
    expect(reader.seqs).toEqual(range(1, 500));
    expect(reader.resets).toEqual([]);
  });

  it('is not left either while Redis has not yet carried out that the subscriber is back', async () => {
    const gate = await openSubscribeGate(server);
    const reader = await follow({ subscriber: gate.subscriber });
    await publish();
    await reached(reader, 1);
    gate.cut();
    await eventually(() => expect(gate.isHolding).toBe(true));
    // Time enough to read the log, were it not to wait: what comes now reaches nobody live.
    for (let n = 0; n < 20; n++) await redis.ping();
    await publishNotices(publisher, 3);
    gate.release();
    await reached(reader, 4);
    expect(reader.seqs).toEqual(range(1, 4));
    gate.close();
  });

  it('of more than a page is read back whole, with the newest of every state', async () => {
    const reader = await follow();
    const attempt = await startDownload(publisher, 'one');
    await reached(reader, 4);
    await unheard(async () => {
      await Promise.all(range(1, 2500).map(publish));
      await publisher.publishProgress(attempt, progressOf('one', 1));
      await publisher.publishProgress(attempt, progressOf('one', 2));
    });
    await publish();
    await reached(reader, 2507);
    expect(reader.factSeqs).toEqual(await storedFactSeqs(redis, server.keys));
    expect(reader.seqs.filter((seq) => seq === 2505 || seq === 2506)).toEqual([2506]);
    expect(reader.events.filter((event) => !isFact(event.event))).toHaveLength(1);
  });

  it('whose facts are gone is a reset, after which comes what is left', async () => {
    const reader = await follow();
    await publishNotices(publisher, 3);
    await reached(reader, 3);
    await unheard(async () => {
      await publishNotices(publisher, 10);
      await writeOffset(redis, server.keys, 'history', 13);
      await trimFacts(redis, server.keys, { keep: 4, hardCap: 100 });
    });
    await publish();
    await reached(reader, 14);
    expect(reader.resets).toMatchObject([{ reason: 'trimmed', position: { seq: 9 } }]);
    expect(reader.seqs).toEqual([...range(1, 3), ...range(10, 14)]);
  });
});

describe('what the publish script did not write', () => {
  const envelope = (seq: number | string, event = 'system_notification') =>
    `{"seq":${seq},"event":"${event}","key":null,"status":null,"previous_status":null,"data":{"a":1}}`;

  it.each([
    ['no JSON', 'hello'],
    ['an empty message', ''],
    ['JSON that is no envelope', '{"seq":1}'],
    ['an unknown event', envelope(6, 'nonsense')],
    ['a number far in the future', envelope(1_000_000)],
    ['a number past what can be counted', envelope('9'.repeat(400))],
    ['a number that has been', envelope(3)],
    ['the number that was last', envelope(5)],
  ])('is counted and ignored, and holds nothing up: %s', async (_, message) => {
    const reader = await follow();
    await publishNotices(publisher, 5);
    await reached(reader, 5);
    for (let n = 1; n <= 3; n++) {
      await redis.publish('system:notifications', message);
      await eventually(() => expect(reader.follower.ignored).toBe(n));
    }
    await publishNotices(publisher, 5);
    await reached(reader, 10);
    expect(reader.seqs).toEqual(range(1, 10));
    expect(reader).toMatchObject({ resets: [], errors: [], connection: ['live'] });
  });

  it('does not keep it from following, however much of it comes', async () => {
    const reader = await follow();
    const forger = await server.connect('commands');
    let forged = 0;
    let forging = true;
    const flood = (async () => {
      while (forging) {
        await Promise.all(range(1, 20).map((n) => forger.publish('queue:updates', envelope(1_000_000 + forged + n))));
        forged += 20;
      }
    })();
    await publishNotices(publisher, 100);
    await reached(reader, 100);
    forging = false;
    await flood;
    await eventually(() => expect(reader.follower.ignored).toBe(forged));
    expect(reader.seqs).toEqual(range(1, 100));
    expect(reader.resets).toEqual([]);
    await publish();
    await reached(reader, 101);
  });
});
