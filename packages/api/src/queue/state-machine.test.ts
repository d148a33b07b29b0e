import {
  type BulkAction,
  type Counts,
  DOWNLOAD_STATUSES,
  type DownloadProgress,
  type DownloadStatus,
  isActiveStatus,
  isFinalStatus,
} from '@hermes/contracts';
import { type LogEvent, Publisher, parseEnvelope, readCounts, readDownload, readPosition } from '@hermes/event-log';
import fc from 'fast-check';
import type { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { TestRedis } from '../../../../tests/support/test-redis.ts';
import { eventually } from '../testing/eventually.ts';
import { startTestApi, type TestApi } from '../testing/test-api.ts';

let server: TestRedis;
let redis: Redis;
let publisher: Publisher;
let api: TestApi;
/** Everything that was told, as a subscriber hears it. */
const told: LogEvent[] = [];

beforeAll(async () => {
  server = await TestRedis.start();
  redis = await server.connect('commands');
  publisher = new Publisher(redis, server.keys);
  const subscriber = await server.connect('patient');
  subscriber.on('message', (_channel: string, text: string) => {
    const event = parseEnvelope(text);
    if (event !== null) told.push(event);
  });
  await subscriber.subscribe(server.keys.channel('download_status'), server.keys.channel('queue_update'));
  api = await startTestApi(server.url);
});
afterAll(async () => {
  await api.close();
  await server.close();
});

/** `d` and `c` choose among the downloads and the claims so far: also those that are over, as somebody late would. */
type Step =
  | { do: 'add' }
  | { do: 'claim'; d: number }
  | { do: 'report'; c: number }
  | { do: 'end'; c: number; status: DownloadStatus }
  | { do: 'act'; d: number; action: BulkAction }
  | { do: 'patch'; d: number; change: object };

const which = fc.nat(11);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 1, arbitrary: fc.constant<Step>({ do: 'add' }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('claim' as const), d: which }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('report' as const), c: which }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('end' as const),
      c: which,
      status: fc.constantFrom<DownloadStatus>('queued', 'processing', 'completed', 'completed', 'failed'),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('act' as const),
      d: which,
      action: fc.constantFrom<BulkAction>('pause', 'resume', 'cancel', 'retry', 'delete'),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('patch' as const),
      d: which,
      change: fc.oneof(fc.record({ priority: fc.nat(100) }), fc.record({ position: fc.nat(5) })),
    }),
  },
);
/** Twice: as whoever got no answer. */
const steps = fc.array(fc.tuple(step, fc.constantFrom(1, 1, 1, 2)), { minLength: 20, maxLength: 60 });

interface Claim {
  id: string;
  attempt: number;
  bytes: number;
}

/** One after another; a worker vanishes by not being chosen again, and comes back from the dead by being chosen late. */
async function carryOut(todo: readonly (readonly [Step, number])[]): Promise<void> {
  const ids: string[] = [];
  const claims: Claim[] = [];
  for (const [one, times] of [[{ do: 'add' }, 2] as const, ...todo]) {
    if (one.do === 'report') claimOf(claims, one.c).bytes += 1000;
    for (let time = 0; time < times; time++) await carryOutOne(one, ids, claims);
  }
}

const NOBODY: Claim = { id: 'never-was', attempt: 1, bytes: 0 };
const claimOf = (claims: readonly Claim[], c: number) => claims[c % Math.max(1, claims.length)] ?? { ...NOBODY };

async function carryOutOne(one: Step, ids: string[], claims: Claim[]): Promise<void> {
  const id = 'd' in one ? (ids[one.d % Math.max(1, ids.length)] ?? NOBODY.id) : '';
  switch (one.do) {
    case 'add': {
      const answer = await api.call('POST', '/download', { body: { url: `https://files.example.com/${told.length}` } });
      ids.push(answer.json().download_id);
      return;
    }
    case 'claim': {
      const verdict = await publisher.claimAttempt(id, { started_at: new Date().toISOString() });
      if (verdict.accepted) claims.push({ id, attempt: verdict.attempt, bytes: 0 });
      return;
    }
    case 'report':
    case 'end': {
      const claim = claimOf(claims, one.c);
      const before = await readDownload(redis, server.keys, claim.id);
      const verdict =
        one.do === 'report'
          ? await publisher.publishProgress(claim.attempt, progressOf(claim))
          : await publisher.publishStatus(claim.id, claim.attempt, one.status, {});
      // Only who holds it speaks of it; saying the same once more is heard, and told to nobody.
      if (!verdict.accepted) return;
      expect(before?.attempt).toBe(claim.attempt);
      expect(isActiveStatus(before?.status ?? 'queued') || (one.do === 'end' && before?.status === one.status)).toBe(
        true,
      );
      return;
    }
    case 'act': {
      const answer =
        one.action === 'delete'
          ? await api.call('DELETE', `/download/${id}`)
          : await api.call('POST', `/download/${id}/${one.action}`);
      expect(answer.statusCode).toBeLessThan(500);
      return;
    }
    case 'patch': {
      const answer = await api.call('PATCH', `/download/${id}`, { body: one.change });
      expect(answer.statusCode).toBeLessThan(500);
    }
  }
}

function progressOf({ id, bytes }: Claim): DownloadProgress {
  return {
    ...{ download_id: id, status: 'downloading', progress: null, downloaded_bytes: bytes },
    ...{ total_bytes: null, download_speed: 1, eta: null },
  };
}

interface Known {
  status: DownloadStatus;
  attempt: number;
  bytes: number;
}

/** What the events amount to. @throws where one does not follow from those before it. */
function follow(events: readonly LogEvent[]): Map<string, Known> {
  const known = new Map<string, Known>();
  let last = 0;
  for (const { seq, event, key, status, previousStatus, data } of events) {
    expect(seq).toBeGreaterThan(last);
    last = seq;
    const id = key ?? '';
    const before = known.get(id);
    if (event === 'download_status' && status !== null) {
      const { attempt } = JSON.parse(data) as { attempt: number };
      expect(previousStatus).toBe(before?.status ?? null);
      if (before !== undefined && isFinalStatus(before.status)) {
        // Out of an end leads a retry alone, and none out of what is whole.
        expect([status, before.status]).toEqual(['queued', expect.stringMatching(/^(failed|cancelled)$/)]);
      }
      const begins = attempt === (before?.attempt ?? 0) + 1;
      if (begins) expect(status).toBe('downloading');
      else expect(attempt).toBe(before?.attempt ?? 0);
      known.set(id, { status, attempt, bytes: begins ? 0 : (before?.bytes ?? 0) });
    } else if (event === 'download_progress' && before !== undefined) {
      const { downloaded_bytes } = JSON.parse(data) as DownloadProgress;
      expect(status).toBe(before.status);
      expect(downloaded_bytes).toBeGreaterThanOrEqual(before.bytes);
      before.bytes = downloaded_bytes;
    } else if (event === 'queue_update' && status === null) {
      expect(isFinalStatus(before?.status ?? 'queued')).toBe(true);
      known.delete(id);
    }
  }
  return known;
}

function countsOf(known: ReadonlyMap<string, Known>): Counts {
  const counts = Object.fromEntries(DOWNLOAD_STATUSES.map((status) => [status, 0])) as Counts;
  for (const { status } of known.values()) counts[status] += 1;
  return counts;
}

it('whatever workers and people do, in whatever order: one end each, no step back, and everyone counts the same', async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (todo) => {
      const { keys } = server;
      // So that what is looked for after a failure begins anew as well.
      await api.call('POST', '/download/bulk', { body: { action: 'delete', filter: { status: DOWNLOAD_STATUSES } } });
      const { seq: begin } = await readPosition(redis, keys);
      await carryOut(todo);
      // A word behind all others: who has heard it has heard everything.
      const marker = (
        await api.call('POST', '/download', { body: { url: 'https://files.example.com/marker' } })
      ).json();
      await eventually(() =>
        expect(told.some(({ event, key }) => event === 'queue_update' && key === marker.download_id)).toBe(true),
      );
      const known = follow(told.filter(({ seq }) => seq > begin));
      const counts = countsOf(known);
      expect(await readCounts(redis, keys)).toEqual(counts);
      const open = [...known].filter(([, { status }]) => !isFinalStatus(status)).map(([id]) => id);
      expect((await redis.zrange(keys.openDownloads, '0', '-1')).sort()).toEqual(open.sort());
      for (const [id, { status, attempt }] of known) {
        expect(await readDownload(redis, keys, id)).toMatchObject({ status, attempt });
      }
      // The database comes to the same by itself.
      await eventually(async () => {
        const stored = await api.call('GET', '/download/queue?view=history&limit=1');
        expect(stored.json().counts).toEqual(counts);
      });
    }),
    { numRuns: 20 },
  );
}, 120_000);
