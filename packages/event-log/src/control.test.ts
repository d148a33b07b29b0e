import { queueRank, rankOfScore } from '@hermes/contracts';
import { describe, expect, it } from 'vitest';
import { accepted, newDownload, progressOf, startDownload } from './fixtures/events.ts';
import { startTestLog } from './fixtures/test-log.ts';
import { readAfter, readCounts, readDownload } from './read.ts';

const { server, redis, publisher } = await startTestLog();

const read = (id: string) => readDownload(redis, server.keys, id);
const order = () => redis.zrange(server.keys.openDownloads, '0', '-1');
const cancel = (id: string) => publisher.publishStatus(id, 'current', 'cancelled', {});
const pause = (id: string) => publisher.publishStatus(id, 'current', 'paused', {});

async function lastFact(): Promise<{ event: string; status: string | null; data: Record<string, unknown> }> {
  const [entry] = await redis.xrevrange(server.keys.facts, '+', '-', 'COUNT', 1);
  return JSON.parse(entry?.[1][1] ?? '{}');
}

describe('pause and resume', () => {
  it('a paused download is nobody’s: it is not claimed, and the worker that had it may say nothing', async () => {
    const attempt = await startDownload(publisher, 'one');
    expect(accepted(await pause('one')).previous).toBe('downloading');
    expect(await publisher.claimAttempt('one', {})).toMatchObject({ reason: 'status', status: 'paused', attempt });
    for (const status of ['queued', 'downloading', 'processing', 'completed', 'failed'] as const) {
      const verdict = await publisher.publishStatus('one', attempt, status, {});
      expect(verdict).toMatchObject({ accepted: false, reason: 'stale', status: 'paused' });
    }
    expect((await read('one'))?.status).toBe('paused');
  });

  it('after the resumption the worker that had it before may still say nothing', async () => {
    const attempt = await startDownload(publisher, 'one');
    await pause('one');
    accepted(await publisher.resumeDownload('one'));
    expect(await publisher.publishStatus('one', attempt, 'completed', {})).toMatchObject({ reason: 'stale' });
    expect(await publisher.publishProgress(attempt, progressOf('one', 9))).toMatchObject({ reason: 'stale' });
    expect(accepted(await publisher.claimAttempt('one', {})).attempt).toBe(attempt + 1);
  });

  it('only what is queued or downloading is paused, only what is paused is resumed', async () => {
    const attempt = await startDownload(publisher, 'one');
    expect(await publisher.resumeDownload('one')).toMatchObject({ reason: 'status', status: 'downloading' });
    await publisher.publishStatus('one', attempt, 'processing', {});
    expect(await pause('one')).toMatchObject({ reason: 'status', status: 'processing' });
    await cancel('one');
    expect(await publisher.resumeDownload('one')).toMatchObject({ reason: 'final' });
  });
});

describe('retry', () => {
  it('makes the same download open again, with nothing of the last try, and fences that one', async () => {
    const attempt = await startDownload(publisher, 'one');
    await publisher.publishProgress(attempt, progressOf('one', 40));
    const error = { code: 'TIMED_OUT' as const, message: 'No.' };
    await publisher.publishStatus('one', attempt, 'failed', { error, completed_at: '2026-01-02T03:04:05.000Z' });
    expect(accepted(await publisher.retryDownload('one', {}, null)).previous).toBe('failed');
    expect(await read('one')).toMatchObject({
      ...{ status: 'queued', attempt, progress: null, downloaded_bytes: 0, error: null, completed_at: null },
    });
    expect(await redis.ttl(server.keys.download('one'))).toBe(-1);
    expect(await order()).toEqual(['one']);
    expect(await readCounts(redis, server.keys)).toMatchObject({ queued: 1, failed: 0 });
    expect(await publisher.publishStatus('one', attempt, 'failed', {})).toMatchObject({ reason: 'stale' });
    expect(accepted(await publisher.claimAttempt('one', {})).attempt).toBe(attempt + 1);
  });

  it('also where the log has forgotten it: counts are moved, not added to', async () => {
    const attempt = await startDownload(publisher, 'one');
    const whole = { ...newDownload('one'), priority: 90 };
    await publisher.publishStatus('one', attempt, 'failed', {});
    await redis.del(server.keys.download('one'));
    expect(await publisher.retryDownload('one', whole, null)).toMatchObject({ reason: 'unknown' });
    const known = { status: 'failed', attempt } as const;
    accepted(await publisher.retryDownload('one', whole, known));
    expect(await read('one')).toMatchObject({ status: 'queued', attempt, priority: 90 });
    expect(await readCounts(redis, server.keys)).toMatchObject({ queued: 1, failed: 0 });
    // A second time finds it there, whatever it is told.
    expect(accepted(await publisher.retryDownload('one', whole, known)).previous).toBe('queued');
    expect(await readCounts(redis, server.keys)).toMatchObject({ queued: 1, failed: 0 });
  });

  it('is for what failed or was cancelled, not for what is whole', async () => {
    const attempt = await startDownload(publisher, 'one');
    expect(await publisher.retryDownload('one', {}, null)).toMatchObject({ reason: 'status', status: 'downloading' });
    await publisher.publishStatus('one', attempt, 'completed', {});
    expect(await publisher.retryDownload('one', {}, null)).toMatchObject({ reason: 'status', status: 'completed' });
  });
});

describe('removal', () => {
  it('forgets what has ended, tells the queue, and moves the count', async () => {
    await startDownload(publisher, 'one');
    expect(await publisher.removeDownload('one', null)).toMatchObject({ reason: 'status', status: 'downloading' });
    await cancel('one');
    accepted(await publisher.removeDownload('one', null));
    expect(await lastFact()).toMatchObject({
      ...{ event: 'queue_update', key: 'one', status: null, previous_status: 'cancelled' },
      data: { action: 'removed', download_id: 'one', status: null, previous_status: 'cancelled' },
    });
    expect(await read('one')).toBeNull();
    expect((await readCounts(redis, server.keys)).cancelled).toBe(0);
    expect(await publisher.removeDownload('one', null)).toMatchObject({ reason: 'unknown' });
    const keys = await redis.keys('*one*');
    expect(keys).toEqual([]);
  });

  it('also of what the log has forgotten', async () => {
    const attempt = await startDownload(publisher, 'one');
    await publisher.publishStatus('one', attempt, 'completed', {});
    await redis.del(server.keys.download('one'));
    accepted(await publisher.removeDownload('one', { status: 'completed', attempt }));
    expect((await readCounts(redis, server.keys)).completed).toBe(0);
  });
});

describe('the order of the queue', () => {
  it('is by priority, then by age; a new priority puts it behind all of that one', async () => {
    for (const [id, priority] of Object.entries({ a: 50, b: 50, c: 90, d: 10 })) {
      await publisher.createDownload({ ...newDownload(id), priority });
    }
    expect(await order()).toEqual(['c', 'a', 'b', 'd']);
    accepted(await publisher.changePriority('a', 90, true));
    expect(await order()).toEqual(['c', 'a', 'b', 'd']);
    accepted(await publisher.changePriority('c', 50, true));
    expect(await order()).toEqual(['a', 'b', 'c', 'd']);
    const score = Number(await redis.zscore(server.keys.openDownloads, 'a'));
    expect(rankOfScore(score)).toBe(queueRank(90));
  });

  it('tells downloads and queue of it', async () => {
    await publisher.createDownload(newDownload('one'));
    const { cursor } = accepted(await publisher.changePriority('one', 7, true));
    const { events } = await readAfter(redis, server.keys, cursor.seq - 1);
    expect(events.map(({ event, status, previousStatus }) => [event, status, previousStatus])).toEqual([
      ['download_status', 'queued', 'queued'],
      ['queue_update', 'queued', 'queued'],
    ]);
    expect(events.map(({ data }) => JSON.parse(data))).toMatchObject([{ priority: 7 }, { action: 'reordered' }]);
    expect((await readCounts(redis, server.keys)).queued).toBe(1);
    await cancel('one');
    expect(await publisher.changePriority('one', 8, true)).toMatchObject({ reason: 'final' });
  });
});

describe('duplicates', () => {
  const sameUrl = (id: string) => ({ ...newDownload(id), url: 'https://example.com/same' });

  it('are told, or refused, for as long as the first is open', async () => {
    await publisher.createDownload(sameUrl('one'));
    const unique = { unique: true };
    expect(await publisher.createDownload(sameUrl('two'), unique)).toMatchObject({
      ...{ accepted: false, reason: 'duplicate', other: 'one' },
    });
    expect(await read('two')).toBeNull();
    expect(accepted(await publisher.createDownload(sameUrl('three'))).other).toBe('one');
    // The newest is the one that counts.
    await cancel('three');
    accepted(await publisher.createDownload(sameUrl('four'), unique));
    await cancel('four');
    expect(await redis.hlen(server.keys.openUrls)).toBe(0);
  });

  it('repeating the very same is no duplicate', async () => {
    const unique = { unique: true };
    accepted(await publisher.createDownload(sameUrl('one'), unique));
    expect(await publisher.createDownload(sameUrl('one'), unique)).toMatchObject({ reason: 'exists' });
  });
});
