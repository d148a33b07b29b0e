import type { LogEvent, StreamEvent } from '@hermes/client';
import type { Download } from '@hermes/contracts';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { makeCounts, makeDownload, makeProgress } from '../../client/src/fixtures/downloads.ts';
import type { QueueList } from './apply-event.ts';
import {
  answer,
  closePage,
  connected,
  ids,
  list,
  observe,
  openPage,
  page,
  progress,
  snapshot,
  status,
} from './fixtures/cache-page.ts';
import { type QueueFilters, queryKeys } from './query-keys.ts';

beforeEach(openPage);
afterEach(closePage);

describe('CacheWriter', () => {
  it('writes progress into the list and into the download, forwards only', () => {
    answer([makeDownload()], 1);
    page.client.setQueryData(queryKeys.downloadProgress('d1'), makeDownload());
    progress(5, 50);
    progress(4, 40);
    expect(list()?.items[0]).toMatchObject({ progress: 50, seq: 5, downloaded_bytes: 500 });
    expect(page.client.getQueryData(queryKeys.downloadProgress('d1'))).toMatchObject({ progress: 50, seq: 5 });
    progress(6, 30);
    expect(list()?.items[0]).toMatchObject({ progress: 50, seq: 6 });
    status(7, 'downloading', { progress: 0, attempt: 2 });
    expect(list()?.items[0]).toMatchObject({ progress: 0, attempt: 2 });
  });

  it('wakes nobody for an event that changes nothing', () => {
    answer([makeDownload()], 1);
    const before = list();
    const write = vi.spyOn(page.client, 'setQueryData');
    const elsewhere: LogEvent[] = [
      { event: 'download_progress', data: makeProgress({ download_id: 'd9', progress: 1 }), seq: 2, epoch: 'e1' },
      {
        event: 'queue_update',
        data: { action: 'reordered', download_id: 'd9', status: null, previous_status: null },
        seq: 3,
        epoch: 'e1',
      },
    ];
    for (const event of elsewhere) page.writer.receive([event]);
    expect(write).not.toHaveBeenCalled();
    expect(list()).toBe(before);
  });

  it.each([
    ['another place', 'reordered', 'queued'],
    ['a pause that is over', 'resumed', 'paused'],
    ['another try of what had failed', 'status_changed', 'failed'],
  ] as const)('asks the API again where a row goes after %s', async (_what, action, previous_status) => {
    const rows = ['d1', 'd2'].map((download_id) => makeDownload({ download_id, status: 'queued' }));
    answer(rows, 1);
    const moved = { data: { items: rows.toReversed(), counts: makeCounts(), total: 2, next_cursor: null } };
    const fetch = observe(async () => ({ ...moved, cursor: { epoch: 'e1', seq: 2 } }));
    const data = { action, download_id: 'd1', status: 'queued' as const, previous_status };
    page.writer.receive([{ event: 'queue_update', data, seq: 2, epoch: 'e1' }]);
    await vi.advanceTimersByTimeAsync(5000);
    expect(fetch).toHaveBeenCalledOnce();
    expect(ids()).toEqual(['d2', 'd1']);
  });

  it('looks through the cache once for all that came together, and writes each entry once', () => {
    answer(
      Array.from({ length: 20 }, (_, n) => makeDownload({ download_id: `d${n}` })),
      1,
    );
    page.client.setQueryData(queryKeys.downloadProgress('d3'), makeDownload({ download_id: 'd3' }));
    const look = vi.spyOn(page.client.getQueryCache(), 'findAll');
    const write = vi.spyOn(page.client, 'setQueryData');
    page.writer.receive(
      Array.from({ length: 100 }, (_, n) => ({
        event: 'download_progress',
        data: makeProgress({ download_id: `d${n % 20}`, progress: n }),
        seq: n + 2,
        epoch: 'e1',
      })),
    );
    expect(list()?.items.map(({ progress: shown }) => shown)).toEqual(Array.from({ length: 20 }, (_, n) => n + 80));
    expect(page.client.getQueryData(queryKeys.downloadProgress('d3'))).toMatchObject({ progress: 83 });
    expect(look.mock.calls.length).toBeLessThanOrEqual(2);
    expect(write).toHaveBeenCalledTimes(2);
  });

  it('moves a download from the list it leaves to the list it enters', () => {
    answer([makeDownload()], 1);
    answer([], 1, 'e1', { status: ['completed'] });
    status(2, 'downloading', { status: 'completed', progress: 100 });
    expect(list()).toMatchObject({ items: [], total: 0, counts: { downloading: 0, completed: 1 } });
    expect(page.client.getQueryData(queryKeys.queue({ status: ['completed'] }))).toMatchObject({
      items: [{ download_id: 'd1', status: 'completed' }],
      total: 1,
    });
    expect(list()?.items).not.toHaveProperty('0.previous_status');
  });

  it('puts what has ended newest first, what waits oldest first', () => {
    const filters: QueueFilters = { status: ['completed'] };
    const old = makeDownload({ download_id: 'd0', status: 'completed' });
    answer([old], 1, 'e1', filters);
    answer([makeDownload({ download_id: 'd0' })], 1);
    const created_at = '2026-01-05T00:00:00.000Z';
    status(2, null, { download_id: 'd5', status: 'queued', created_at });
    expect(ids()).toEqual(['d0', 'd5']);
    status(3, 'queued', { download_id: 'd5', status: 'completed', created_at });
    expect(page.client.getQueryData<QueueList>(queryKeys.queue(filters))?.items.map((row) => row.download_id)).toEqual([
      'd5',
      'd0',
    ]);
  });

  it('takes out what was deleted', () => {
    answer([makeDownload()], 1);
    const data = {
      action: 'removed' as const,
      download_id: 'd1',
      status: null,
      previous_status: 'downloading' as const,
    };
    page.writer.receive([{ event: 'queue_update', data, seq: 2, epoch: 'e1' }]);
    expect(list()).toMatchObject({ items: [], total: 0, counts: { downloading: 0 } });
  });

  it('keeps the statistics, from snapshots and from events, the newer of both', () => {
    connected('e1:5');
    snapshot(5, [makeDownload({ download_speed: 30 }), makeDownload({ download_id: 'd2', download_speed: 12 })]);
    expect(page.client.getQueryData(queryKeys.queueStats())).toMatchObject({
      total_speed: 42,
      counts: { downloading: 2 },
      seq: 5,
    });
    const stats = (seq: number, total_speed: number): StreamEvent => ({
      event: 'queue_stats',
      data: { counts: makeCounts(), total_speed },
      seq,
      epoch: 'e1',
    });
    page.writer.receive([stats(7, 70)]);
    page.writer.receive([stats(6, 60)]);
    expect(page.client.getQueryData(queryKeys.queueStats())).toMatchObject({ total_speed: 70, seq: 7 });
  });
});

describe('a snapshot', () => {
  it('brings an older list up to date, from all its pages', () => {
    answer([makeDownload()], 1);
    connected('e1:9');
    const counts = makeCounts({ downloading: 1, queued: 1 });
    snapshot(0, [makeDownload({ seq: 8, progress: 80 })], { last: false, counts });
    expect(list()?.items[0]?.progress).toBe(0);
    const queued = makeDownload({
      download_id: 'd2',
      seq: 7,
      status: 'queued',
      created_at: '2026-01-02T00:00:00.000Z',
    });
    snapshot(9, [queued], { page: 2, counts });
    expect(list()).toMatchObject({
      items: [{ progress: 80 }, { download_id: 'd2' }],
      counts,
      total: 2,
      as_of: { epoch: 'e1', seq: 9 },
    });
  });

  it('does not undo what the list knows better', () => {
    answer([makeDownload({ seq: 20, progress: 90 })], 20);
    const before = list();
    connected('e1:9');
    snapshot(9, [makeDownload({ seq: 9, progress: 10 })]);
    expect(list()).toBe(before);
  });

  it.each([
    ['a row that is open in the list is missing', {}, [] as Download[], {}],
    ['it only counts some', {}, [makeDownload({ seq: 9 })], { counts: makeCounts({ downloading: 1, queued: 40 }) }],
    [
      'the list also holds what has ended',
      { status: ['downloading', 'failed'] } as QueueFilters,
      [makeDownload({ seq: 9 })],
      {},
    ],
  ])('has the list fetched when %s', async (_, filters, downloads, fields) => {
    answer([makeDownload()], 1, 'e1', filters);
    const fetch = observe(
      async () => ({
        data: { items: [], counts: makeCounts(), total: 0, next_cursor: null },
        cursor: { epoch: 'e1', seq: 9 },
      }),
      filters,
    );
    connected('e1:9');
    snapshot(9, downloads, fields);
    await vi.runAllTimersAsync();
    expect(fetch).toHaveBeenCalledTimes(1);
  });
});
