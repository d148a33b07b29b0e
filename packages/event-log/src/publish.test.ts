import { readFileSync } from 'node:fs';
import { DOWNLOAD_STATUSES, downloadStatusEventSchema, EVENTS, envelopeSchema, isFinalStatus } from '@hermes/contracts';
import { describe, expect, it } from 'vitest';
import { accepted, NOTICE, newDownload, progressOf, startDownload } from './fixtures/events.ts';
import { eventually } from './fixtures/eventually.ts';
import { storedFactSeqs } from './fixtures/log-reader.ts';
import { startTestLog } from './fixtures/test-log.ts';
import { parseEnvelope } from './log-event.ts';
import { Publisher } from './publish.ts';

const { server, redis, publisher } = await startTestLog();

/** As `redis-cli SUBSCRIBE` would. */
async function listen(...channels: string[]): Promise<[channel: string, message: string][]> {
  const subscriber = await server.connect('patient');
  const messages: [string, string][] = [];
  subscriber.on('message', (channel, message) => messages.push([channel, message]));
  await subscriber.subscribe(...channels);
  return messages;
}

describe('what is published', () => {
  it('is read by a plain subscriber, on the aggregate channel and on that of the one download', async () => {
    const messages = await listen(
      'download:updates',
      'queue:updates',
      'download:one:progress',
      'download:two:progress',
    );
    const attempt = await startDownload(publisher, 'one');
    await publisher.publishProgress(attempt, { ...progressOf('one', 40), stage: 'video' });
    await eventually(() => expect(messages).toHaveLength(8));

    const seen = messages.map(([channel, message]) => {
      const { seq, event } = JSON.parse(message);
      return `${channel} ${seq} ${event}`;
    });
    expect(seen).toEqual([
      'download:updates 1 download_status',
      'download:one:progress 1 download_status',
      'queue:updates 2 queue_update',
      'download:updates 3 download_status',
      'download:one:progress 3 download_status',
      'queue:updates 4 queue_update',
      'download:updates 5 download_progress',
      'download:one:progress 5 download_progress',
    ]);
  });

  it('is an envelope with its fields in the promised order and the data of its event', async () => {
    const messages = await listen(...server.keys.channels);
    const attempt = await startDownload(publisher, 'one');
    await publisher.publishProgress(attempt, progressOf('one', 40));
    await publisher.publish('system_notification', NOTICE);
    await publisher.publish('queue_stats', {
      counts: Object.fromEntries(DOWNLOAD_STATUSES.map((status) => [status, 1])) as never,
      total_speed: 1.5,
    });
    await publisher.publish('storage_update', {
      total_space: 3,
      used_space: 1,
      free_space: 2,
      downloads_size: 1,
      downloads_count: 1,
      generated_at: '2026-01-02T03:04:05.000Z',
      is_stale: false,
      level: 'ok',
      warn_percent: 90,
      stop_percent: 95,
    });
    await publisher.publishStatus('one', attempt, 'completed', { progress: 100 });
    await eventually(() => expect(messages).toHaveLength(10));

    for (const [channel, message] of messages) {
      expect(message).toMatch(
        /^\{"seq":\d+,"event":"[a-z_]+","key":(null|"[\w-]+"),"status":(null|"[a-z]+"),"previous_status":(null|"[a-z]+"),"data":\{.*\}\}$/,
      );
      const envelope = envelopeSchema.parse(JSON.parse(message));
      const { data, key, channel: ownChannel } = EVENTS[envelope.event];
      expect(channel).toBe(ownChannel);
      data.parse(envelope.data);
      expect(envelope.key).toBe(key === null ? null : envelope.data[key]);
      for (const field of ['status', 'previous_status'] as const) {
        if (field in envelope.data) expect(envelope[field]).toBe(envelope.data[field]);
      }
    }
  });

  it('as a change of status carries the whole download, with all that progress said', async () => {
    const attempt = await startDownload(publisher, 'one');
    await publisher.publishProgress(attempt, progressOf('one', 40));
    const error = { code: 'DISK_FULL', message: 'No space "left"\n\ton device' } as const;
    const { cursor } = accepted(await publisher.publishStatus('one', attempt, 'failed', { error }));

    const [entry] = await redis.xrange(server.keys.facts, `${cursor.seq}-0`, `${cursor.seq}-0`);
    const fact = downloadStatusEventSchema.strict().parse(JSON.parse(entry?.[1][1] ?? '').data);
    expect(fact).toMatchObject({
      ...newDownload('one'),
      ...{ progress: 40, downloaded_bytes: 40_000, total_bytes: 100_000, download_speed: 2500.5, eta: 60 },
      ...{ seq: cursor.seq, status: 'failed', previous_status: 'downloading', attempt: 1, error },
      ...{ started_at: '2026-01-02T03:05:00.000Z', updated_at: fact.updated_at },
    });
  });

  it.each([
    ['queued', 'paused', 'paused'],
    ['paused', 'queued', 'resumed'],
    ['paused', 'cancelled', 'status_changed'],
    ['queued', 'cancelled', 'status_changed'],
  ] as const)('tells the queue what %s → %s means: %s', async (from, to, action) => {
    await publisher.createDownload(newDownload('one'));
    if (from === 'paused') await publisher.publishStatus('one', 'current', 'paused', {});
    const resumes = from === 'paused' && to === 'queued';
    const { cursor } = accepted(
      await (resumes ? publisher.resumeDownload('one') : publisher.publishStatus('one', 'current', to, {})),
    );
    const [entry] = await redis.xrange(server.keys.facts, `${cursor.seq + 1}-0`, '+');
    expect(JSON.parse(entry?.[1][1] ?? '').data).toEqual({
      action,
      download_id: 'one',
      status: to,
      previous_status: from,
    });
  });
});

describe('the sequence', () => {
  it('is contiguous, and in one order for everyone, with two publishers at once', async () => {
    const messages = await listen(...server.keys.channels);
    const other = new Publisher(await server.connect('commands'), server.keys);
    const attempts = await Promise.all([startDownload(publisher, 'one'), startDownload(other, 'two')]);
    await Promise.all(
      Array.from({ length: 100 }, async (_, n) => {
        await publisher.publishProgress(attempts[0] as number, progressOf('one', n));
        await other.publish('system_notification', NOTICE);
        await other.publishProgress(attempts[1] as number, progressOf('two', n));
      }),
    );
    await eventually(() => expect(messages).toHaveLength(308));
    const seqs = messages.map(([, message]) => JSON.parse(message).seq);
    expect(seqs).toEqual(Array.from({ length: 308 }, (_, n) => n + 1));
    expect(await storedFactSeqs(redis, server.keys)).toHaveLength(108);
  });

  it('is not moved by what is refused, and nothing of it is stored', async () => {
    const attempt = await startDownload(publisher, 'one');
    const before = await everything();
    await publisher.publishProgress(attempt + 1, progressOf('one', 1));
    await publisher.publishStatus('two', 1, 'failed', {});
    await publisher.publishStatus('one', attempt, 'downloading', { filename: 'other' });
    await publisher.createDownload(newDownload('one'));
    expect(await everything()).toEqual(before);
  });

  async function everything(): Promise<unknown> {
    const names = (await redis.keys('*')).sort();
    return Promise.all(names.map(async (name) => [name, (await redis.dumpBuffer(name))?.toString('hex')]));
  }
});

describe('the script, called by whoever can call one', () => {
  const script = readFileSync(new URL('./publish.lua', import.meta.url), 'utf8');
  /** The least that a fact needs which is about no download. */
  const good = ['system_notification', 'fact', 'system:notifications', '', '', JSON.stringify(NOTICE), 'e', '', ''];
  const call = (changes: Record<number, string>) => {
    const { seq, epoch, boot, facts } = server.keys;
    return redis.eval(script, 4, seq, epoch, boot, facts, ...good.map((arg, i) => changes[i + 1] ?? arg));
  };

  it.each<[string, Record<number, string>]>([
    ['an event that would break the envelope', { 1: 'a","b":"' }],
    ['a class there is not', { 2: 'both' }],
    ['a key that would break the envelope', { 5: 'a"b' }],
    ['a line break in the data, which would end a frame', { 6: '{"a":\n1}' }],
    ['a carriage return in the data', { 6: '{"a":\r1}' }],
    ['a NUL in the data', { 6: '{"a":\u0000 1}' }],
    ['data that are no JSON', { 6: '{"a":}' }],
    ['data that are no object', { 6: '[1]' }],
    ['two objects as data', { 6: '{"a":1},"x":{"b":2}' }],
    ['a fence there is not', { 8: 'nan' }],
    ['a negative attempt', { 8: '-1' }],
    ['a status that would break the envelope', { 9: '"x' }],
  ])('refuses %s and changes nothing', async (_, changes) => {
    await expect(call(changes)).rejects.toThrow('BADARG');
    expect(await redis.dbsize()).toBe(0);
  });

  it('takes the right ones', async () => {
    const messages = await listen('system:notifications');
    expect(await call({})).toEqual([1, 1, 'e', 0, '', '']);
    expect(await call({ 7: 'other' }), 'an epoch stays').toEqual([1, 2, 'e', 0, '', '']);
    await eventually(() => expect(messages).toHaveLength(2));
    expect(parseEnvelope(messages[1]?.[1] ?? '')).toMatchObject({ seq: 2, data: JSON.stringify(NOTICE) });
  });
});

describe('what stays readable', () => {
  it('expires 3600 s after a final status, never before', async () => {
    const attempt = await startDownload(publisher, 'one');
    await publisher.publishProgress(attempt, progressOf('one', 1));
    const names = [server.keys.download('one'), 'download:one:progress'];
    const ttls = () => Promise.all(names.map((name) => redis.ttl(name)));
    const steps = [
      () => publisher.publishStatus('one', attempt, 'processing', {}),
      () => publisher.publishStatus('one', attempt, 'queued', {}),
      () => publisher.publishStatus('one', 'current', 'paused', {}),
      () => publisher.resumeDownload('one'),
      () => publisher.claimAttempt('one', {}),
    ];
    for (const step of steps) {
      accepted(await step());
      expect(await ttls()).toEqual([-1, -1]);
    }
    await publisher.publishStatus('one', attempt + 1, 'completed', {});
    await publisher.publishProgress(attempt + 1, progressOf('one', 3, 'completed'));
    for (const ttl of await ttls()) {
      expect(ttl).toBeLessThanOrEqual(3600);
      expect(ttl).toBeGreaterThan(3590);
    }
  });

  it.each(DOWNLOAD_STATUSES.filter(isFinalStatus))('knows %s for final, as the contracts do', async (status) => {
    await startDownload(publisher, 'one');
    await publisher.publishStatus('one', 'current', status, {});
    expect(await redis.zcard(server.keys.openDownloads)).toBe(0);
    expect(await publisher.publishStatus('one', 'current', 'queued', {})).toMatchObject({ reason: 'final', status });
  });
});
