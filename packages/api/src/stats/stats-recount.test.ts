import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Download,
  FINAL_STATUSES,
  isFinalStatus,
  PERIODS,
  type Period,
  statsSchema,
  timelineSchema,
  timelineSummarySchema,
} from '@hermes/contracts';
import type { LogEvent } from '@hermes/event-log';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Database, openDatabase } from '../database/open-database.ts';
import { foldDownloads } from '../projections/fold-downloads.ts';
import { endedDownload, newDownload, removedFact, statusFact } from '../testing/facts.ts';
import { readStats, readTimeline, readTimelineSummary } from './read-stats.ts';

let home: string;
let database: Database;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'hermes-api-'));
  database = await openDatabase(join(home, 'hermes.db'), 64 * 1024 * 1024);
});

afterAll(async () => {
  await database.destroy();
  await rm(home, { recursive: true, force: true });
});

/** Around the ends of hours, days, months, years and of a February that has 29 days. */
const EDGES = ['2024-01-01', '2024-02-29', '2024-03-01', '2024-04-01', '2024-12-31', '2025-01-01', '2025-03-01'];
const timeArbitrary = fc.oneof(
  fc.date({ noInvalidDate: true, min: new Date('2023-12-30T00:00:00Z'), max: new Date('2025-03-02T00:00:00Z') }),
  fc
    .tuple(fc.constantFrom(...EDGES), fc.constantFrom(-3_600_000, -1, 0, 1, 3_599_999, 86_399_999))
    .map(([day, offset]) => new Date(Date.parse(day) + offset)),
);

const stepArbitrary = fc.record({
  id: fc.integer({ min: 0, max: 5 }).map((number) => `d${number}`),
  time: timeArbitrary,
  act: fc.constantFrom('claim', 'end', 'end', 'retry', 'remove'),
  status: fc.constantFrom(...FINAL_STATUSES),
  size: fc.integer({ min: 0, max: 2 ** 40 }),
  duration: fc.integer({ min: 0, max: 10_000_000 }),
  /** Not everything that is complete tells of its result. */
  withResult: fc.boolean(),
});
type Step = typeof stepArbitrary extends fc.Arbitrary<infer Value> ? Value : never;

interface Story {
  facts: LogEvent[];
  /** As each was last, also those that were removed. */
  downloads: Download[];
  rows: number;
}

/** What the log tells if these are the steps; one that is not allowed at its place is left out. */
function tell(steps: readonly Step[]): Story {
  const facts: LogEvent[] = [];
  const downloads = new Map<string, Download>();
  const removed = new Set<string>();
  for (const { id, time, act, status, size, duration, withResult } of steps) {
    if (removed.has(id)) continue;
    const now = time.toISOString();
    const before = downloads.get(id);
    const seq = facts.length + 1;
    let next: Download | null = null;
    if (before === undefined) next = newDownload(id, now, { seq });
    else if (act === 'retry' && isFinalStatus(before.status)) {
      next = { ...before, seq, status: 'queued', completed_at: null, result: null, error: null };
    } else if (act === 'claim' && before.status === 'queued') {
      next = { ...before, seq, status: 'downloading', started_at: now, attempt: before.attempt + 1 };
    } else if (act === 'end' && !isFinalStatus(before.status)) {
      const result = { path: id, size, sha256: 'a'.repeat(64), content_type: null, duration_ms: duration };
      const { created_at, started_at } = before;
      next = endedDownload(id, now, { seq, status, created_at, started_at, downloaded_bytes: size });
      next.result = status === 'completed' && withResult ? result : null;
    } else if (act === 'remove' && isFinalStatus(before.status)) {
      removed.add(id);
      facts.push(removedFact(seq, id, before.status));
    }
    if (next === null) continue;
    facts.push(statusFact(next, before?.status ?? null));
    downloads.set(id, next);
  }
  return { facts, downloads: [...downloads.values()], rows: downloads.size - removed.size };
}

/** Two APIs may fold the same page: both begin, one goes on, as the position in the database decides. Here: folded twice. */
async function fold(facts: readonly LogEvent[], epoch: string): Promise<void> {
  await database.transaction().execute((transaction) => foldDownloads(transaction, facts, epoch));
}

function measure({ result, downloaded_bytes, started_at, completed_at }: Download) {
  if (result !== null) return { bytes: result.size, duration: result.duration_ms };
  const end = Date.parse(completed_at ?? '');
  return { bytes: downloaded_bytes, duration: Math.max(0, end - (started_at === null ? end : Date.parse(started_at))) };
}

/** From the downloads themselves, one by one. */
function recount(downloads: readonly Download[], from: string, to: string) {
  const within = (time: string | null) =>
    time !== null && Date.parse(time) >= Date.parse(from) && Date.parse(time) < Date.parse(to);
  const ended = downloads.filter(({ status, completed_at }) => isFinalStatus(status) && within(completed_at));
  const completed = ended.filter(({ status }) => status === 'completed').map(measure);
  return {
    downloads: downloads.filter(({ created_at }) => within(created_at)).length,
    completed: completed.length,
    failed: ended.filter(({ status }) => status === 'failed').length,
    cancelled: ended.filter(({ status }) => status === 'cancelled').length,
    bytes: completed.reduce((sum, { bytes }) => sum + bytes, 0),
    duration: completed.reduce((sum, { duration }) => sum + duration, 0),
  };
}

async function expectRecount(downloads: readonly Download[], period: Period, now: Date): Promise<void> {
  const timeline = timelineSchema.parse(await readTimeline(database, period, now));
  for (const bucket of timeline.buckets) {
    const { duration: _, ...expected } = recount(downloads, bucket.from, bucket.to);
    expect(bucket).toEqual({ from: bucket.from, to: bucket.to, ...expected });
  }
  const { from, to } = timeline;
  const { duration, ...totals } = recount(downloads, from, to);
  const { completed, failed } = totals;
  const { average_speed, ...stats } = statsSchema.parse(await readStats(database, period, now));
  expect(stats).toEqual({
    period,
    from,
    to,
    ...totals,
    success_rate: completed + failed === 0 ? null : completed / (completed + failed),
    average_duration_ms: completed === 0 ? null : duration / completed,
  });
  const speed = duration === 0 ? null : (totals.bytes * 1000) / duration;
  if (speed === null || speed === 0) expect(average_speed).toBe(speed);
  // The last digits depend on what is divided by what first.
  else expect((average_speed ?? 0) / speed).toBeCloseTo(1, 9);
  const most = Math.max(...timeline.buckets.map((bucket) => bucket.downloads));
  const summary = timelineSummarySchema.parse(await readTimelineSummary(database, period, now));
  expect(summary).toMatchObject({ period, from, to, downloads: totals.downloads, bytes: totals.bytes });
  expect(summary.busiest?.downloads ?? 0).toBe(most);
  if (summary.busiest !== null) expect(timeline.buckets).toContainEqual(summary.busiest);
}

it('every number equals a recount, however the facts come', { timeout: 120_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(stepArbitrary, { maxLength: 60 }),
      fc.array(fc.record({ size: fc.integer({ min: 1, max: 20 }), again: fc.boolean() }), { maxLength: 20 }),
      fc.boolean(),
      fc.array(timeArbitrary, { minLength: 2, maxLength: 2 }),
      async (steps, pages, otherEpoch, times) => {
        for (const table of ['downloads', 'stats_buckets', 'removed_downloads'] as const) {
          await database.deleteFrom(table).execute();
        }
        const { facts, downloads, rows } = tell(steps);
        let at = 0;
        for (const { size, again } of pages) {
          await fold(facts.slice(at, at + size), 'first');
          if (again) await fold(facts.slice(0, at + size), 'first');
          at += size;
        }
        await fold(facts.slice(at), 'first');
        // A log that begins a new life tells all that it still has once more.
        if (otherEpoch)
          for (let from = 0; from < facts.length; from += 7) await fold(facts.slice(from, from + 7), 'second');
        expect(await database.selectFrom('downloads').select('download_id').execute()).toHaveLength(rows);
        for (const period of PERIODS) for (const now of times) await expectRecount(downloads, period, now);
      },
    ),
    { numRuns: 150 },
  );
});
