import type { LogEvent } from '@hermes/client';
import { type Download, type DownloadStatus, isFinalStatus, type ListDownloadsResponse } from '@hermes/contracts';
import { QueryClient } from '@tanstack/react-query';
import fc from 'fast-check';
import { afterEach, expect, it, vi } from 'vitest';
import { makeCounts, makeDownload } from '../../client/src/fixtures/downloads.ts';
import { matches, type QueueList } from './apply-event.ts';
import { CacheWriter } from './cache-writer.ts';
import { type QueueFilters, queryKeys } from './query-keys.ts';
import { RefetchThrottle } from './refetch-throttle.ts';

afterEach(() => vi.restoreAllMocks());

/** What the server did, step by step: `states[n]` is its truth after the events 1…n. */
interface History {
  events: LogEvent[];
  states: Map<string, Download>[];
}

type Step = { kind: 'add' | 'advance' | 'progress' | 'restart' | 'fail' | 'remove' | 'stats'; pick: number };

const stepArbitrary: fc.Arbitrary<Step> = fc.record({
  kind: fc.constantFrom('add', 'advance', 'progress', 'progress', 'restart', 'fail', 'remove', 'stats'),
  pick: fc.nat(100),
});

const NEXT: Partial<Record<DownloadStatus, DownloadStatus>> = {
  queued: 'downloading',
  downloading: 'processing',
  processing: 'completed',
};

function play(steps: readonly Step[]): History {
  const events: LogEvent[] = [];
  const states: Map<string, Download>[] = [new Map()];
  for (const { kind, pick } of steps) {
    const state = new Map(states.at(-1));
    const seq = events.length + 1;
    const rows = [...state.values()];
    const row = rows[pick % Math.max(1, rows.length)];
    const event = happen(kind, row, rows, seq);
    if (event === null) continue;
    if (event.event === 'download_status') {
      const { previous_status: _, ...download } = event.data;
      state.set(download.download_id, download);
    } else if (event.event === 'download_progress' && row) {
      state.set(row.download_id, { ...row, ...event.data, seq });
    } else if (event.event === 'queue_update') {
      state.delete(event.data.download_id);
    }
    events.push(event);
    states.push(state);
  }
  return { events, states };
}

function happen(kind: Step['kind'], row: Download | undefined, rows: Download[], seq: number): LogEvent | null {
  const fact = (download: Download, previous_status: DownloadStatus | null): LogEvent => ({
    event: 'download_status',
    data: { ...download, seq, previous_status },
    seq,
    epoch: 'e1',
  });
  if (kind === 'add') {
    const created_at = new Date(Date.UTC(2026, 0, 1) + seq * 1000).toISOString();
    return fact(makeDownload({ download_id: `d${seq}`, status: 'queued', created_at }), null);
  }
  if (kind === 'stats') {
    return { event: 'queue_stats', data: { counts: countsOf(rows), total_speed: 0 }, seq, epoch: 'e1' };
  }
  if (row === undefined) return null;
  if (kind === 'remove') {
    const data = {
      action: 'removed' as const,
      download_id: row.download_id,
      status: null,
      previous_status: row.status,
    };
    return { event: 'queue_update', data, seq, epoch: 'e1' };
  }
  if (isFinalStatus(row.status)) return null;
  const next = NEXT[row.status];
  if (kind === 'advance' && next) return fact({ ...row, status: next }, row.status);
  if (kind === 'fail') return fact({ ...row, status: 'failed', progress: 0 }, row.status);
  if (row.status !== 'downloading') return null;
  if (kind === 'restart')
    return fact({ ...row, attempt: row.attempt + 1, progress: 0, downloaded_bytes: 0 }, row.status);
  const progress = Math.min(100, (row.progress ?? 0) + 1);
  const { download_id, status, total_bytes, download_speed, eta } = row;
  const data = { download_id, status, progress, downloaded_bytes: progress * 10, total_bytes, download_speed, eta };
  return { event: 'download_progress', data, seq, epoch: 'e1' };
}

function countsOf(rows: Iterable<Download>) {
  const counts = makeCounts();
  for (const { status } of rows) counts[status] += 1;
  return counts;
}

function listAt(state: Map<string, Download>, filters: QueueFilters): ListDownloadsResponse {
  const items = [...state.values()].filter((row) => matches(filters, row.status));
  const direction = filters.status?.some(isFinalStatus) ? -1 : 1;
  items.sort((a, b) => (a.created_at < b.created_at ? -direction : direction));
  return { items, counts: countsOf(state.values()), total: items.length, next_cursor: null };
}

function at<T>(list: readonly T[], index: number): T {
  const item = list[index];
  if (item === undefined) throw new RangeError(`nothing at ${index}`);
  return item;
}

/** A list answer: true as of `cursor` or a little later, and arriving when the stream has brought `arrives`. */
const answersArbitrary = fc.array(fc.record({ cursor: fc.nat(30), later: fc.nat(3), arrives: fc.nat(30) }), {
  minLength: 1,
  maxLength: 4,
});

const filtersArbitrary: fc.Arbitrary<QueueFilters> = fc.constantFrom<QueueFilters[]>(
  {},
  { status: ['downloading'] },
  { status: ['queued', 'downloading'] },
  { status: ['completed', 'failed'] },
  { status: ['downloading', 'completed'] },
);

/** Everything that the page did, with the stream beginning at `start` and conflating as a gateway may. */
function follow(
  { events, states }: History,
  filters: QueueFilters,
  start: number,
  answers: readonly { cursor: number; later: number; arrives: number }[],
  isExact: boolean,
) {
  const client = new QueryClient();
  const refetch = vi.spyOn(RefetchThrottle.prototype, 'soon').mockImplementation(() => undefined);
  refetch.mockClear();
  const writer = new CacheWriter(client);
  const end = events.length;
  const snapshot = listAt(at(states, start), {});
  writer.receive([
    {
      event: 'connected',
      data: {
        connection_id: 'c',
        recovered: false,
        cursor: `e1:${start}`,
        server_time: '2026-01-01T00:00:00.000Z',
        heartbeat_interval: 30,
        topics: [],
      },
      seq: null,
      epoch: null,
    },
  ]);
  for (let position = start; position <= end; position += 1) {
    if (position === start) {
      const data = { downloads: snapshot.items, counts: snapshot.counts, page: 1, last: true };
      writer.receive([{ event: 'snapshot', data, seq: start, epoch: 'e1' }]);
    } else {
      const event = at(events, position - 1);
      if (!isConflated(events, position)) writer.receive([event]);
    }
    for (const { cursor, later, arrives } of answers) {
      if (Math.max(start, Math.min(arrives, end)) !== position) continue;
      const told = Math.min(cursor, end);
      const read = Math.min(isExact ? told : told + later, end);
      const data = listAt(at(states, read), filters);
      const merged = writer.mergeQueueList(filters, { data, cursor: { epoch: 'e1', seq: told } });
      client.setQueryData(queryKeys.queue(filters), merged);
    }
  }
  const held = client.getQueryData<QueueList>(queryKeys.queue(filters));
  client.clear();
  return { held, truth: listAt(at(states, end), filters), isRefetched: refetch.mock.calls.length > 0 };
}

/** A progress whose next event is progress again may never be sent. */
function isConflated(events: readonly LogEvent[], position: number): boolean {
  const event = at(events, position - 1);
  if (event.event !== 'download_progress' || position % 2 === 0) return false;
  const next = events
    .slice(position)
    .find((one) => 'download_id' in one.data && one.data.download_id === event.data.download_id);
  return next?.event === 'download_progress';
}

const situation = [
  fc.array(stepArbitrary, { minLength: 5, maxLength: 40 }),
  filtersArbitrary,
  fc.nat(10),
  answersArbitrary,
] as const;

it('shows the same rows as the server in the end, in whatever order answers and events come', () => {
  let proven = 0;
  fc.assert(
    fc.property(...situation, (steps, filters, start, answers) => {
      const history = play(steps);
      const { held, truth, isRefetched } = follow(
        history,
        filters,
        Math.min(start, history.events.length),
        answers,
        false,
      );
      if (isRefetched) return;
      proven += 1;
      expect(held?.items).toEqual(truth.items);
    }),
    { numRuns: 2000 },
  );
  expect(proven).toBeGreaterThan(500);
});

it('counts as the server does where answers are one consistent cut', () => {
  fc.assert(
    fc.property(...situation, (steps, filters, start, answers) => {
      const history = play(steps);
      const { held, truth, isRefetched } = follow(
        history,
        filters,
        Math.min(start, history.events.length),
        answers,
        true,
      );
      if (isRefetched) return;
      const { as_of: _, ...list } = held ?? {};
      expect(list).toEqual(truth);
    }),
    // An older answer that comes after a newer one, while the stream has still to bring what lies between.
    {
      numRuns: 2000,
      examples: [
        [
          [...Array.from({ length: 4 }, () => ({ kind: 'add', pick: 0 }) as const), { kind: 'advance', pick: 0 }],
          {},
          0,
          [
            { cursor: 5, later: 0, arrives: 0 },
            { cursor: 0, later: 0, arrives: 1 },
          ],
        ],
      ],
    },
  );
});

it('counts as the server does after the next statistics, where they are not', () => {
  fc.assert(
    fc.property(...situation, (steps, filters, start, answers) => {
      const history = play([...steps, { kind: 'stats', pick: 0 }]);
      const early = answers.map((answer) => ({
        ...answer,
        arrives: Math.min(answer.arrives, history.events.length - 1),
      }));
      const { held, truth, isRefetched } = follow(
        history,
        filters,
        Math.min(start, history.events.length - 1),
        early,
        false,
      );
      if (isRefetched) return;
      expect(held?.counts).toEqual(truth.counts);
      expect(held?.total).toBe(truth.total);
    }),
    { numRuns: 2000 },
  );
});
