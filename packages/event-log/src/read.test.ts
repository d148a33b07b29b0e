import { DOWNLOAD_STATUSES, type Download, downloadSchema, isFact, isFinalStatus } from '@hermes/contracts';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NOTICE, newDownload, progressOf, publishNotices, startDownload } from './fixtures/events.ts';
import { readAllAfter, storedFactSeqs } from './fixtures/log-reader.ts';
import { carryOut, operations } from './fixtures/operations.ts';
import { startTestLog } from './fixtures/test-log.ts';
import { type LogEvent, parseEnvelope } from './log-event.ts';
import {
  readAfter,
  readCounts,
  readDownload,
  readLatestStates,
  readPosition,
  readSnapshot,
  type SnapshotPage,
} from './read.ts';

const { server, redis, publisher } = await startTestLog();

/** What a reader holds that applies events as they come: the newest of every state, every fact. */
class Reader {
  readonly downloads = new Map<string, Record<string, unknown>>();
  readonly facts: number[] = [];

  apply({ seq, event, key, data }: LogEvent): void {
    if (isFact(event)) this.facts.push(seq);
    if (key === null || event === 'queue_update') return;
    const { previous_status: _, ...fields } = JSON.parse(data);
    // `updated_at` is the record's; progress does not carry it.
    this.downloads.set(key, { ...this.downloads.get(key), ...fields, seq, updated_at: null });
  }

  static after(events: readonly LogEvent[]): Reader {
    const reader = new Reader();
    for (const event of events) reader.apply(event);
    return reader;
  }
}

async function recordAll(): Promise<{ live: LogEvent[]; end(): Promise<void> }> {
  const subscriber = await server.connect('patient');
  const live: LogEvent[] = [];
  subscriber.on('message', (_, message) => {
    const event = parseEnvelope(message);
    if (event !== null) live.push(event);
  });
  await subscriber.subscribe(...server.keys.channels);
  // All that was published before is there when this is answered.
  const end = async () => {
    await subscriber.ping();
    subscriber.disconnect();
  };
  return { live, end };
}

describe('reading on from any point', () => {
  it('leads to the same as having followed: every fact once, in order, and the newest of every state', async () => {
    await fc.assert(
      fc.asyncProperty(operations, fc.integer({ min: 1, max: 7 }), async (todo, limit) => {
        await redis.flushall();
        const recording = await recordAll();
        await carryOut(publisher, todo);
        await recording.end();
        const { live } = recording;
        const followed = Reader.after(live);

        for (let cut = 0; cut <= live.length; cut++) {
          const missed = await readAllAfter(redis, server.keys, cut, limit);
          const seqs = missed.map((event) => event.seq);
          expect(seqs, 'strictly increasing').toEqual([...new Set(seqs)].sort((a, b) => a - b));
          const resumed = Reader.after([...live.slice(0, cut), ...missed]);
          expect(resumed.facts).toEqual(followed.facts);
          expect(resumed.downloads).toEqual(followed.downloads);
        }
      }),
      { numRuns: 25 },
    );
  });

  it('comes in pages that leave nothing out between them, facts and states alike', async () => {
    const attempts = await Promise.all(Array.from({ length: 6 }, (_, n) => startDownload(publisher, `d${n}`)));
    const { seq } = await readPosition(redis, server.keys);
    for (let n = 0; n < 6; n++) await publisher.publishProgress(attempts[n] as number, progressOf(`d${n}`, 1));
    await publishNotices(publisher, 6);

    const page = await readAfter(redis, server.keys, seq, 4);
    expect(page.position, 'cut where the states are').toBe(seq + 4);
    expect(page.events.map((event) => event.seq)).toEqual([seq + 1, seq + 2, seq + 3, seq + 4]);
    const all = await readAllAfter(redis, server.keys, seq, 4);
    expect(all.map((event) => event.seq)).toEqual(Array.from({ length: 12 }, (_, n) => seq + 1 + n));
  });

  it('has nothing for whoever knows it all, and says what may be gone', async () => {
    await publishNotices(publisher, 3);
    await redis.set(server.keys.trimmed, 2);
    expect(await readAfter(redis, server.keys, 3)).toMatchObject({ position: 3, trimmed: 2, epochSeq: 0, events: [] });
    expect((await readAfter(redis, server.keys, 99)).events).toEqual([]);
  });

  it('forgets a state whose envelope is gone', async () => {
    const attempt = await startDownload(publisher, 'one');
    await publisher.publishProgress(attempt, progressOf('one', 1));
    await redis.del('download:one:progress');
    expect((await readAllAfter(redis, server.keys, 4)).map((event) => event.seq)).toEqual([]);
    expect(await redis.zcard(server.keys.states)).toBe(0);
  });
});

describe('counts, records and snapshot', () => {
  it('always equal a recount of all that was told', async () => {
    await fc.assert(
      fc.asyncProperty(operations, async (todo) => {
        await redis.flushall();
        await carryOut(publisher, todo);

        const told = new Map<string, Download>();
        const recount = Object.fromEntries(DOWNLOAD_STATUSES.map((status) => [status, 0])) as Record<string, number>;
        for (const event of await readAllAfter(redis, server.keys, 0)) {
          if (event.event === 'download_status')
            told.set(event.key ?? '', downloadSchema.parse(JSON.parse(event.data)));
        }
        for (const { status } of told.values()) recount[status] = (recount[status] ?? 0) + 1;
        expect(await readCounts(redis, server.keys)).toEqual(recount);

        for (const [id, { status, attempt }] of told) {
          expect(await readDownload(redis, server.keys, id)).toMatchObject({ status, attempt });
        }
        const snapshot = await readSnapshot(redis, server.keys, null, 100);
        const open = [...told.values()].filter(({ status }) => !isFinalStatus(status));
        expect(snapshot).toMatchObject({
          ...{ counts: recount, total: open.length, cursor: await readPosition(redis, server.keys) },
        });
        const listed = snapshot.downloads.map((json) => downloadSchema.strict().parse(JSON.parse(json)));
        expect(listed).toEqual(await Promise.all(open.map((one) => readDownload(redis, server.keys, one.download_id))));
      }),
      { numRuns: 40 },
    );
  });

  it('hold the newest progress, stamped with its number', async () => {
    const attempt = await startDownload(publisher, 'one');
    await publisher.publishProgress(attempt, progressOf('one', 10));
    const verdict = await publisher.publishProgress(attempt, { ...progressOf('one', 20), stage: 'video' });
    const { stage: _, ...expected } = { ...progressOf('one', 20), seq: 6, stage: null };
    expect(verdict).toMatchObject({ accepted: true, cursor: { seq: 6 } });
    expect(await readDownload(redis, server.keys, 'one')).toMatchObject(expected);
    const { downloads } = await readSnapshot(redis, server.keys, null, 10);
    expect(JSON.parse(downloads[0] ?? '')).toMatchObject(expected);
  });

  it('come in pages, oldest first, and none is passed over when one leaves', async () => {
    for (let n = 0; n < 5; n++) await publisher.createDownload(newDownload(`d${n}`));
    const idsOf = (page: SnapshotPage) => page.downloads.map((json) => JSON.parse(json).download_id);
    const first = await readSnapshot(redis, server.keys, null, 2);
    expect([idsOf(first), first.total]).toEqual([['d0', 'd1'], 5]);
    expect(first.next).toBe(first.scores[1]);
    await publisher.publishStatus('d1', 'current', 'cancelled', {});
    const second = await readSnapshot(redis, server.keys, first.next, 2);
    expect([idsOf(second), second.total]).toEqual([['d2', 'd3'], 4]);
    // What has no record is passed over, and the page goes on.
    await redis.del(server.keys.download('d4'));
    const last = await readSnapshot(redis, server.keys, second.next, 2);
    expect([idsOf(last), last.next]).toEqual([[], null]);
  });

  it('of an empty log are empty', async () => {
    expect(await readPosition(redis, server.keys)).toEqual({ epoch: '', seq: 0 });
    expect(await readSnapshot(redis, server.keys, null, 10)).toMatchObject({ total: 0, downloads: [] });
    expect(Object.values(await readCounts(redis, server.keys))).toEqual(DOWNLOAD_STATUSES.map(() => 0));
    expect(await readDownload(redis, server.keys, 'one')).toBeNull();
    expect(await readLatestStates(redis, server.keys)).toEqual([]);
    expect(await readAfter(redis, server.keys, 0)).toMatchObject({ epoch: '', position: 0, events: [] });
  });
});

describe('latest states', () => {
  it('are the newest of every state, and none of what has ended', async () => {
    const one = await startDownload(publisher, 'one');
    const two = await startDownload(publisher, 'two');
    await publisher.publishProgress(one, progressOf('one', 10));
    await publisher.publishProgress(two, progressOf('two', 10));
    await publisher.publishProgress(one, progressOf('one', 20));
    const progress = async () =>
      (await readLatestStates(redis, server.keys)).map(({ key, data }) => [key, JSON.parse(data).progress]);
    expect(await progress()).toEqual([
      ['two', 10],
      ['one', 20],
    ]);
    await publisher.publishStatus('two', two, 'failed', {});
    expect(await progress()).toEqual([['one', 20]]);
  });

  it('never hold up the facts: only those are in the log', async () => {
    const attempt = await startDownload(publisher, 'one');
    for (let n = 0; n < 50; n++) await publisher.publishProgress(attempt, progressOf('one', n));
    await publisher.publish('system_notification', NOTICE);
    expect(await storedFactSeqs(redis, server.keys)).toEqual([1, 2, 3, 4, 55]);
  });
});
