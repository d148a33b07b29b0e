import { describe, expect, it } from 'vitest';
import { accepted, newDownload, progressOf, startDownload } from './fixtures/events.ts';
import { storedFactSeqs } from './fixtures/log-reader.ts';
import { startTestLog } from './fixtures/test-log.ts';
import { readDownload } from './read.ts';

const { server, redis, publisher } = await startTestLog();

const read = (id: string) => readDownload(redis, server.keys, id);

async function completedFacts(): Promise<number> {
  const entries = await redis.xrange(server.keys.facts, '-', '+');
  return entries.filter(
    ([, fields]) =>
      fields[1]?.includes('"event":"download_status"') && fields[1].includes('"status":"completed","previous'),
  ).length;
}

describe('fencing', () => {
  it('refuses a worker that was frozen while another took over, in every word it says', async () => {
    const frozen = await startDownload(publisher, 'one');
    const second = accepted(await publisher.claimAttempt('one', {})).attempt;
    expect(second).toBe(frozen + 1);

    const stale = { accepted: false, reason: 'stale', status: 'downloading', attempt: second, other: null };
    expect(await publisher.publishProgress(frozen, progressOf('one', 99))).toEqual(stale);
    expect(await publisher.publishStatus('one', frozen, 'processing', {})).toEqual(stale);
    expect(await publisher.publishStatus('one', frozen, 'completed', {})).toEqual(stale);
    // The very status it stands in is no repetition either: it was told by another attempt.
    expect(await publisher.publishStatus('one', frozen, 'downloading', {})).toEqual(stale);
    expect(await read('one')).toMatchObject({ progress: 0, status: 'downloading', attempt: second });

    accepted(await publisher.publishProgress(second, progressOf('one', 10)));
    accepted(await publisher.publishStatus('one', second, 'completed', {}));
    expect(await publisher.publishStatus('one', frozen, 'completed', {})).toMatchObject({ reason: 'final' });
    expect(await completedFacts()).toBe(1);
  });

  it('lets nothing lead out of a final status, not even a claim or a person', async () => {
    const attempt = await startDownload(publisher, 'one');
    accepted(await publisher.publishStatus('one', 'current', 'cancelled', {}));
    const final = { accepted: false, reason: 'final', status: 'cancelled', attempt, other: null };
    expect(await publisher.publishStatus('one', attempt, 'completed', {})).toEqual(final);
    expect(await publisher.publishStatus('one', 'current', 'queued', {})).toEqual(final);
    expect(await publisher.publishProgress(attempt, progressOf('one', 50))).toEqual(final);
    expect(await publisher.publishProgress(attempt, progressOf('one', 50, 'cancelled'))).toEqual(final);
    expect(await publisher.claimAttempt('one', {})).toEqual(final);
  });

  it('refuses what the log does not know, and an id that is taken', async () => {
    const unknown = { accepted: false, reason: 'unknown', status: null, attempt: 0, other: null };
    expect(await publisher.claimAttempt('one', {})).toEqual(unknown);
    expect(await publisher.publishProgress(1, progressOf('one', 1))).toEqual(unknown);
    expect(await publisher.publishStatus('one', 'current', 'cancelled', {})).toEqual(unknown);
    await startDownload(publisher, 'one');
    expect(await publisher.createDownload(newDownload('one'))).toEqual({
      ...{ accepted: false, reason: 'exists', status: 'downloading', attempt: 1, other: null },
    });
  });

  it('refuses progress of a status that the download has left', async () => {
    const attempt = await startDownload(publisher, 'one');
    await publisher.publishStatus('one', 'current', 'paused', {});
    expect(await publisher.publishProgress(attempt, progressOf('one', 50))).toMatchObject({
      ...{ accepted: false, reason: 'stale', status: 'paused' },
    });
  });

  it('takes the repetition of a status for the same telling: accepted, and told once', async () => {
    const attempt = await startDownload(publisher, 'one');
    const first = accepted(await publisher.publishStatus('one', attempt, 'completed', {}));
    const facts = await storedFactSeqs(redis, server.keys);
    const again = { ...first, previous: 'completed' };
    expect(await publisher.publishStatus('one', attempt, 'completed', {})).toEqual(again);
    expect(await publisher.publishStatus('one', 'current', 'completed', {})).toEqual(again);
    expect(await storedFactSeqs(redis, server.keys)).toEqual(facts);
  });

  it('tells a worker of a life that was flushed from the one that has the download now', async () => {
    const old = await startDownload(publisher, 'one');
    await redis.flushall();
    // As from the database, which knows that one attempt was made.
    await publisher.createDownload({ ...newDownload('one'), attempt: old });
    expect(await publisher.publishProgress(old, progressOf('one', 1))).toMatchObject({ reason: 'stale' });
    const present = accepted(await publisher.claimAttempt('one', {})).attempt;
    expect(present).toBe(old + 1);
    expect(await publisher.publishProgress(old, progressOf('one', 1))).toMatchObject({ reason: 'stale' });
    expect(await publisher.publishStatus('one', old, 'failed', {})).toMatchObject({ reason: 'stale' });
    accepted(await publisher.publishProgress(present, progressOf('one', 2)));
  });

  it('refuses an attempt that the log has not given: its claim was rolled back', async () => {
    await startDownload(publisher, 'one');
    const stale = { accepted: false, reason: 'stale', status: 'downloading', attempt: 1, other: null };
    expect(await publisher.publishProgress(2, progressOf('one', 1))).toEqual(stale);
    expect(await publisher.publishStatus('one', 2, 'completed', {})).toEqual(stale);
    expect(await publisher.publishStatus('one', 2, 'downloading', {})).toEqual(stale);
  });

  it('gives every claim an attempt of its own, however many come at once', async () => {
    await publisher.createDownload(newDownload('one'));
    const claims = await Promise.all(Array.from({ length: 20 }, () => publisher.claimAttempt('one', {})));
    expect(claims.map((claim) => claim.attempt)).toEqual(Array.from({ length: 20 }, (_, n) => n + 1));
  });
});
