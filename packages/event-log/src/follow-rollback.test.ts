import type { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TestRedis } from '../../../tests/support/test-redis.ts';
import { ensureEpoch, type SeenPosition } from './epoch.ts';
import { copyData, type DataCopy, syncAlways } from './fixtures/data-copy.ts';
import { NOTICE, progressOf, publishNotices, startDownload } from './fixtures/events.ts';
import { eventually } from './fixtures/eventually.ts';
import { LogReader, storedFactSeqs } from './fixtures/log-reader.ts';
import { Publisher } from './publish.ts';
import { readPosition } from './read.ts';

let server: TestRedis;
let redis: Redis;
let publisher: Publisher;
const readers: LogReader[] = [];
const copies: DataCopy[] = [];

beforeEach(async () => {
  server = await TestRedis.start();
  await syncAlways(server);
  redis = await server.connect('commands');
  publisher = new Publisher(redis, server.keys);
});
afterEach(async () => {
  for (const reader of readers.splice(0)) {
    reader.follower.close();
    expect(reader.outOfOrder).toEqual([]);
  }
  for (const copy of copies.splice(0)) await copy.remove();
  await server.close();
});

async function follow(from: SeenPosition | null = null, verifyIntervalMs = 600_000): Promise<LogReader> {
  const reader = new LogReader({
    ...{ subscriber: await server.connect('patient'), commands: await server.connect('commands') },
    ...{ keys: server.keys, from, verifyIntervalMs },
  });
  readers.push(reader);
  await reader.follower.start();
  return reader;
}

async function copy(): Promise<DataCopy> {
  const made = await copyData(server);
  copies.push(made);
  return made;
}

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, n) => from + n);
const publish = () => publisher.publish('system_notification', NOTICE);
const reached = (reader: LogReader, seq: number) => eventually(() => expect(reader.follower.position.seq).toBe(seq));
const ready = () => eventually(() => expect(redis.status).toBe('ready'));
const live = (reader: LogReader) => eventually(() => expect(reader.connection).toEqual(['live', 'lost', 'live']));

describe('Redis restarts', () => {
  it.each(['kill', 'stop'] as const)('after %s the follower goes on without a gap or a reset', async (how) => {
    const reader = await follow();
    const attempt = await startDownload(publisher, 'one');
    await publisher.publishProgress(attempt, progressOf('one', 1));
    await reached(reader, 5);
    await server[how]();
    await eventually(() => expect(reader.follower.isLive).toBe(false));
    await server.restart();
    await ready();
    await publisher.publishProgress(attempt, progressOf('one', 2));
    await live(reader);
    await publisher.publishStatus('one', attempt, 'completed', {});
    await reached(reader, 8);
    expect(reader.seqs).toEqual(range(1, 8));
    expect(reader.resets).toEqual([]);
  });

  it('again and again while others publish: every fact once', async () => {
    const reader = await follow();
    const accepted: number[] = [];
    let publishing = true;
    const busy = (async () => {
      while (publishing) {
        const cursor = await publish().catch(() => null);
        if (cursor !== null) accepted.push(cursor.seq);
        else await new Promise((done) => setImmediate(done));
      }
    })();
    for (let n = 1; n <= 3; n++) {
      const before = accepted.length;
      await eventually(() => expect(accepted.length).toBeGreaterThan(before + 20));
      await server.kill();
      await server.restart();
      await syncAlways(server);
    }
    await ready();
    publishing = false;
    await busy;
    const last = await publish();
    await reached(reader, last.seq);
    expect(reader.seqs).toEqual(await storedFactSeqs(redis, server.keys));
    expect(reader.seqs).toEqual(expect.arrayContaining(accepted));
    expect(reader.resets).toEqual([]);
  });
});

describe('FLUSHALL in the same run', () => {
  it('is found by the next message', async () => {
    const reader = await follow();
    await publishNotices(publisher, 5);
    await reached(reader, 5);
    await redis.flushall();
    const { epoch } = await publish();
    await reached(reader, 1);
    expect(reader.resets).toMatchObject([{ reason: 'epoch_changed', position: { epoch, seq: 0 } }]);
    expect(reader.seqs).toEqual([...range(1, 5), 1]);
    expect(reader.follower.ignored).toBe(0);
  });

  it('is found by the next message also if none had come live before', async () => {
    await publishNotices(publisher, 5);
    const reader = await follow();
    await redis.flushall();
    const { epoch } = await publish();
    await eventually(() => expect(reader.resets).toMatchObject([{ position: { epoch, seq: 0 } }]));
    await reached(reader, 1);
    expect(reader.seqs).toEqual([1]);
  });

  it('is found by the timer when nothing is published any more', async () => {
    await publishNotices(publisher, 5);
    const reader = await follow(null, 20);
    await redis.flushall();
    await eventually(() => expect(reader.resets).toHaveLength(1));
    const { epoch } = await readPosition(redis, server.keys);
    expect(reader.resets).toMatchObject([{ reason: 'epoch_changed', position: { epoch, seq: 0 } }]);
    await publish();
    await reached(reader, 1);
  });

  it('is found when as much was published again while nobody listened', async () => {
    const reader = await follow(null, 20);
    await publishNotices(publisher, 5);
    await reached(reader, 5);
    await redis.multi().flushall().set(server.keys.seq, 5).exec();
    await publish();
    await eventually(() => expect(reader.resets).toHaveLength(1));
  });
});

describe('an older dump comes back', () => {
  it('and the follower begins a new epoch where it stands', async () => {
    const reader = await follow();
    await publishNotices(publisher, 5);
    const backup = await copy();
    await publishNotices(publisher, 5);
    await reached(reader, 10);
    const { epoch } = reader.follower.position;
    await backup.restore();
    await live(reader);
    expect(reader.resets).toMatchObject([{ reason: 'epoch_changed', position: { seq: 5 } }]);
    expect(reader.follower.position.epoch).not.toBe(epoch);
    await ready();
    await publishNotices(publisher, 2);
    await reached(reader, 7);
    expect(reader.seqs).toEqual([...range(1, 10), 6, 7]);
    expect(reader.resets).toHaveLength(1);
  });

  it.each([3, 5, 9])('and %s events are written to it by one who knows less, before the follower looks', async (n) => {
    const seen = await ensureEpoch(redis, server.keys, null);
    await publishNotices(publisher, 5);
    const backup = await copy();
    await publishNotices(publisher, 5);
    await backup.restore();
    const newcomer = new Publisher(await server.connect('commands'), server.keys);
    await publishNotices(newcomer, n);

    const reader = await follow({ ...seen, seq: 10 });
    await reached(reader, 5 + n);
    expect(reader.resets).toMatchObject([{ reason: 'epoch_changed', position: { seq: 5 } }]);
    // All of the new life, nothing of the old.
    expect(reader.seqs).toEqual(range(6, 5 + n));
    expect(reader.follower.position.epoch).not.toBe(seen.epoch);
    expect(await publishNotices(newcomer, 1)).toBe(6 + n);
    await reached(reader, 6 + n);
  });

  it('and Redis restarts once more before the follower looks', async () => {
    const seen = await ensureEpoch(redis, server.keys, null);
    await publishNotices(publisher, 5);
    const backup = await copy();
    await publishNotices(publisher, 5);
    await backup.restore();
    const newcomer = new Publisher(await server.connect('commands'), server.keys);
    await publishNotices(newcomer, 9);
    await server.stop();
    await server.restart();
    const other = new Publisher(await server.connect('commands'), server.keys);
    await publishNotices(other, 1);

    const reader = await follow({ ...seen, seq: 10 });
    await reached(reader, 15);
    expect(reader.resets).toMatchObject([{ reason: 'epoch_changed', position: { seq: 5 } }]);
    expect(reader.seqs).toEqual(range(6, 15));
  });

  it('and a follower that was behind what was lost is told all that was kept', async () => {
    const seen = await ensureEpoch(redis, server.keys, null);
    await publishNotices(publisher, 7);
    const backup = await copy();
    await publishNotices(publisher, 3);
    await backup.restore();
    await ready();
    await publish();
    const reader = await follow({ ...seen, seq: 3 });
    expect(reader.resets).toMatchObject([{ reason: 'epoch_changed', position: { seq: 3 } }]);
    expect(reader.seqs).toEqual(range(4, 8));
  });

  it('and two followers agree on one new epoch', async () => {
    const [one, two] = [await follow(), await follow()];
    await publishNotices(publisher, 2);
    const backup = await copy();
    await publishNotices(publisher, 5);
    await Promise.all([reached(one, 7), reached(two, 7)]);
    await backup.restore();
    await Promise.all([live(one), live(two)]);
    expect(one.resets).toEqual(two.resets);
    expect(one.resets).toHaveLength(1);
  });
});

describe('a follower that comes with a position', () => {
  it('of another epoch is reset, and told all of the present one', async () => {
    await publishNotices(publisher, 5);
    const reader = await follow({ epoch: 'elsewhere', seq: 3, runId: '' });
    expect(reader.resets).toMatchObject([{ reason: 'epoch_changed', position: { seq: 0 } }]);
    expect(reader.seqs).toEqual(range(1, 5));
  });

  it('from the future finds that the log was rolled back', async () => {
    await publishNotices(publisher, 5);
    const { epoch } = await readPosition(redis, server.keys);
    const reader = await follow({ epoch, seq: 1000, runId: '' });
    expect(reader.resets).toMatchObject([{ reason: 'epoch_changed', position: { seq: 5 } }]);
    expect(reader.follower.position.epoch).not.toBe(epoch);
    await publish();
    await reached(reader, 6);
    expect(reader.seqs).toEqual([6]);
  });

  it('and finds Redis away starts as soon as it is back', async () => {
    const seen = await ensureEpoch(redis, server.keys, null);
    await publishNotices(publisher, 5);
    const [subscriber, commands] = [await server.connect('patient'), await server.connect('commands')];
    await server.kill();
    const reader = new LogReader({ subscriber, commands, keys: server.keys, from: seen });
    readers.push(reader);
    const starting = reader.follower.start();
    await server.restart();
    await starting;
    await reached(reader, 5);
    expect(reader.seqs).toEqual(range(1, 5));
    await eventually(() => expect(reader.follower.isLive).toBe(true));
  });
});

describe('a connection for commands that is away while messages go on', () => {
  it('holds nothing up, and gaps are read back when it is there again', async () => {
    const [subscriber, commands] = [await server.connect('patient'), await server.connect('commands')];
    const reader = new LogReader({ subscriber, commands, keys: server.keys, verifyIntervalMs: 20 });
    readers.push(reader);
    await reader.follower.start();
    commands.disconnect();
    await publishNotices(publisher, 3);
    await reached(reader, 3);
    await subscriber.unsubscribe();
    await publishNotices(publisher, 3);
    await subscriber.subscribe(...server.keys.channels);
    await publish();
    await eventually(() => expect(reader.follower.isLive).toBe(false));
    expect(reader.errors.length).toBeGreaterThan(0);
    await commands.connect();
    await reached(reader, 7);
    expect(reader.seqs).toEqual(range(1, 7));
    // What is read back is handed on before it is known to be all.
    await eventually(() => expect(reader.follower.isLive).toBe(true));
  });
});
