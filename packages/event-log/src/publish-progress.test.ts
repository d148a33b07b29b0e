import { readFileSync } from 'node:fs';
import { DOWNLOAD_STATUSES, type DownloadStatus } from '@hermes/contracts';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { accepted, newDownload, progressOf, startDownload } from './fixtures/events.ts';
import { startTestLog } from './fixtures/test-log.ts';

const TIME = '2026-01-02T03:06:00.000Z';
const [general, slim] = ['publish.lua', 'publish-progress.lua'].map((file) =>
  readFileSync(new URL(`./${file}`, import.meta.url), 'utf8'),
);

const GENERAL_ANSWER = 6;

const { server, redis, publisher } = await startTestLog();
let messages: string[] = [];

beforeAll(async () => {
  const subscriber = await server.connect('patient');
  subscriber.on('pmessage', (_pattern, channel, message) => messages.push(`${channel} ${message}`));
  await subscriber.psubscribe('*');
});

interface Said {
  attempt: string;
  status: string;
  data: string;
  stored: DownloadStatus | null;
}

/** All that Redis holds, what it sent, and what it answered. */
async function outcome(call: () => Promise<unknown>, stored: DownloadStatus | null): Promise<unknown> {
  await redis.flushall();
  await startDownload(publisher, 'one');
  const record = server.keys.download('one');
  if (stored === null) await redis.del(record);
  else await redis.hset(record, { status: JSON.stringify(stored), updated_at: '""' });
  await redis.set(server.keys.epoch, 'epoch');
  await redis.del(server.keys.facts, server.keys.boot);
  await everythingHeard();
  messages = [];
  const answer = await call().catch((error: Error) => error.message.slice(0, 'BADARG'.length));
  await everythingHeard();
  const names = (await redis.keys('*')).sort();
  return [answer, [...messages], await Promise.all(names.map(async (name) => [name, await contentOf(name)]))];
}

async function everythingHeard(): Promise<void> {
  messages.push('');
  await redis.publish('end', '');
  await expect.poll(() => messages.at(-1), { interval: 2 }).toBe('end ');
}

async function contentOf(name: string): Promise<unknown> {
  const type: string = await redis.type(name);
  if (type === 'hash') return redis.hgetall(name);
  if (type === 'zset') return redis.zrange(name, '0', '-1', 'WITHSCORES');
  return type === 'string' ? redis.get(name) : type;
}

const fieldsOf = (data: string) => ['progress', '12.5', 'eta', 'null', 'data_length', String(data.length)];

function throughGeneral({ attempt, status, data }: Said): Promise<unknown> {
  const { keys } = server;
  const state = keys.state('download_progress', 'one');
  const names = [keys.seq, keys.epoch, keys.boot, keys.facts, keys.states, state, keys.download('one')];
  const rest = [keys.openDownloads, keys.counts, keys.order, keys.openUrls, keys.secrets('one')];
  const args = [
    'download_progress',
    'state',
    keys.channel('download_progress'),
    state,
    'one',
    data,
    'other',
    String(attempt),
  ];
  const more = [status, keys.channel('queue_update'), '3600', ...fieldsOf(data), 'updated_at', `"${TIME}"`];
  return redis.eval(general ?? '', 12, ...names, ...rest, ...args, ...more);
}

function throughSlim({ attempt, status, data }: Said): Promise<unknown> {
  const { keys } = server;
  const state = keys.state('download_progress', 'one');
  const names = [keys.seq, keys.epoch, keys.states, state, keys.download('one'), keys.counts];
  const args = [keys.channel('download_progress'), 'one', attempt, status, data];
  return redis.eval(slim ?? '', 6, ...names, ...args, ...fieldsOf(data), 'updated_at', `"${TIME}"`);
}

const saidArbitrary = fc.record<Said>({
  attempt: fc.constantFrom('0', '1', '1', '1', '2'),
  status: fc.constantFrom(...DOWNLOAD_STATUSES, 'downloading', 'processing', '"x'),
  stored: fc.constantFrom(...DOWNLOAD_STATUSES, 'downloading', 'processing', null),
  data: fc.oneof(
    fc.integer({ min: 1, max: 99 }).map((percent) => JSON.stringify(progressOf('one', percent))),
    fc.constantFrom('{"a":"ünï \\u0000 \\n"}', '{"a":\n1}', '{"a":\r1}', '{"a":\u0000 1}', '[1]', '{"a":1', ''),
  ),
});

describe('progress', () => {
  it('does, answers and refuses what the general script does', async () => {
    await fc.assert(
      fc.asyncProperty(saidArbitrary, async (said) => {
        const expected = await outcome(() => throughGeneral(said), said.stored);
        // It also counts, behind all that the other answers.
        const likeGeneral = async () => ((await throughSlim(said)) as unknown[]).slice(0, GENERAL_ANSWER);
        expect(await outcome(likeGeneral, said.stored)).toEqual(expected);
      }),
      { numRuns: 150 },
    );
  });

  it('refuses an id that would break the envelope', async () => {
    const names = ['seq', 'epoch', 'states', 'state', 'record', 'counts'];
    const call = redis.eval(slim ?? '', 6, ...names, 'channel', 'a"b', 1, 'downloading', '{}');
    await expect(call).rejects.toThrow('BADARG');
    expect(await redis.dbsize()).toBe(0);
  });

  it('is told how many are downloading, and forgets those that no longer are', async () => {
    const attempts = await Promise.all(['one', 'two', 'three'].map((id) => startDownload(publisher, id)));
    await publisher.createDownload(newDownload('queued'));
    const tell = (percent: number) => publisher.publishProgress(attempts[0] ?? 0, progressOf('one', percent));
    expect(accepted(await tell(1)).running).toBe(3);
    await publisher.publishStatus('two', attempts[1] ?? 0, 'processing', {});
    expect(accepted(await tell(2)).running).toBe(2);
    await publisher.publishStatus('three', 'current', 'cancelled', {});
    expect(accepted(await tell(3)).running).toBe(1);
  });

  it('gives a log that has lost its epoch a new one', async () => {
    const attempt = await startDownload(publisher, 'one');
    const before = await redis.get(server.keys.epoch);
    await redis.del(server.keys.epoch);
    const { cursor } = accepted(await publisher.publishProgress(attempt, progressOf('one', 5)));
    expect(cursor.epoch).not.toBe(before);
    expect(await redis.get(server.keys.epoch)).toBe(cursor.epoch);
    const next = accepted(await publisher.publishProgress(attempt, progressOf('one', 6)));
    expect(next.cursor).toEqual({ epoch: cursor.epoch, seq: cursor.seq + 1 });
  });

  it('of a download that is new cannot come before a worker has it', async () => {
    await publisher.createDownload(newDownload('one'));
    expect(await publisher.publishProgress(0, progressOf('one', 5, 'queued'))).toMatchObject({ reason: 'stale' });
  });
});
