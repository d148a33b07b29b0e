import type { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TestRedis } from '../../../tests/support/test-redis.ts';
import { copyData, syncAlways } from './fixtures/data-copy.ts';
import { accepted, NOTICE, publishNotices, startDownload } from './fixtures/events.ts';
import { eventually } from './fixtures/eventually.ts';
import { storedFactSeqs } from './fixtures/log-reader.ts';
import { Publisher } from './publish.ts';
import { readPosition } from './read.ts';

let server: TestRedis;
let redis: Redis;
let publisher: Publisher;

beforeEach(async () => {
  server = await TestRedis.start();
  await syncAlways(server);
  redis = await server.connect('commands');
  publisher = new Publisher(redis, server.keys);
});
afterEach(() => server.close());

const ready = () => eventually(() => expect(redis.status).toBe('ready'));
const publish = () => publisher.publish('system_notification', NOTICE);
const failureOf = (call: Promise<unknown>) =>
  call.then(
    () => {
      throw new Error('it was answered');
    },
    (error: Error) => error.message,
  );

describe('a publisher whose Redis goes away', () => {
  it('fails at once, and goes on in the same epoch when it is back', async () => {
    const before = await publish();
    await server.kill();
    await eventually(() => expect(redis.status).not.toBe('ready'));
    expect(await failureOf(publish())).not.toContain('timed out');
    await server.restart();
    await ready();
    expect(await publish()).toEqual({ epoch: before.epoch, seq: before.seq + 1 });
  });

  it('fails at once a call that was under way when the connection broke', async () => {
    await publish();
    process.kill(server.pid, 'SIGSTOP');
    const failure = failureOf(publish());
    // Written to the socket, and never to be answered.
    await eventually(() => expect(redis.commandQueue.length).toBe(1));
    await server.kill();
    await server.restart();
    expect(await failure).not.toContain('timed out');
  });

  it('is told of a status once, though its answer was lost and it was told again', async () => {
    const attempt = await startDownload(publisher, 'one');
    const { seq } = await readPosition(redis, server.keys);
    const lost = await server.connect('commands');
    const other = new Publisher(lost, server.keys);
    await other.publishStatus('one', attempt + 9, 'failed', {});
    // The call is written while Redis stands still, and whoever made it is gone when Redis comes to it.
    process.kill(server.pid, 'SIGSTOP');
    const failure = failureOf(other.publishStatus('one', attempt, 'completed', {}));
    await eventually(() => expect(lost.commandQueue.length).toBe(1));
    await new Promise((done) => setImmediate(done));
    lost.stream.destroy();
    await failure;
    process.kill(server.pid, 'SIGCONT');
    await eventually(async () => expect((await readPosition(redis, server.keys)).seq).toBe(seq + 2));
    await eventually(() => expect(lost.status).toBe('ready'));
    const second = accepted(await other.publishStatus('one', attempt, 'completed', {}));
    expect(second.cursor.seq).toBe(seq + 1);
    expect(await storedFactSeqs(redis, server.keys)).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('publishes nothing to an older log before that has a new epoch', async () => {
    await publishNotices(publisher, 3);
    const backup = await copyData(server);
    await publishNotices(publisher, 5);
    const before = await readPosition(redis, server.keys);
    await backup.restore();
    await backup.remove();
    await ready();
    expect(await readPosition(redis, server.keys)).toEqual({ epoch: before.epoch, seq: 3 });

    const published = await Promise.all([publish(), publish(), publish()]);
    const epoch = published[0]?.epoch;
    expect(epoch).not.toBe(before.epoch);
    expect(published).toEqual([4, 5, 6].map((seq) => ({ epoch, seq })));
    expect(await redis.hget(server.keys.boot, 'epoch_seq')).toBe('3');
  });

  it('tries to verify again after a verification that failed', async () => {
    await redis.set(server.keys.boot, 'not a hash');
    await expect(publish()).rejects.toThrow('WRONGTYPE');
    await redis.del(server.keys.boot);
    expect((await publish()).seq).toBe(1);
  });

  it('goes on when Redis has forgotten the script', async () => {
    await publish();
    await redis.script('FLUSH');
    expect((await publish()).seq).toBe(2);
  });
});
