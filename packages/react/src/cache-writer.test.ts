import { HermesApiError, type LogEvent, type Read, type StreamEvent } from '@hermes/client';
import type { Connected, Download, ListDownloadsResponse, Snapshot } from '@hermes/contracts';
import { QueryClient, QueryObserver } from '@tanstack/react-query';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { makeCounts, makeDownload, makeProgress, makeStatusEvent } from '../../client/src/fixtures/downloads.ts';
import type { QueueList } from './apply-event.ts';
import { CacheWriter } from './cache-writer.ts';
import { type QueueFilters, queryKeys } from './query-keys.ts';

let client: QueryClient;
let writer: CacheWriter;
let stops: (() => void)[];

beforeEach(() => {
  vi.useFakeTimers();
  client = new QueryClient();
  writer = new CacheWriter(client);
  stops = [];
});

afterEach(() => {
  for (const stop of stops) stop();
  writer.dispose();
  client.clear();
  vi.useRealTimers();
});

const listKey = queryKeys.queue({});
const list = () => client.getQueryData<QueueList>(listKey);
const ids = () => list()?.items.map((row) => row.download_id);

function connected(cursor: string, recovered = false): void {
  const data: Connected = {
    connection_id: 'c',
    recovered,
    cursor,
    server_time: '2026-01-01T00:00:00.000Z',
    heartbeat_interval: 30,
    topics: [],
  };
  writer.receive([{ event: 'connected', data, seq: null, epoch: null }]);
}

function snapshot(seq: number, downloads: Download[], fields: Partial<Snapshot> = {}): void {
  const counts = makeCounts();
  for (const { status } of downloads) counts[status] += 1;
  const data = { downloads, counts, page: 1, last: true, ...fields };
  writer.receive([{ event: 'snapshot', data, ...(data.last ? { seq, epoch: 'e1' } : { seq: null, epoch: null }) }]);
}

function progress(seq: number, value: number, epoch = 'e1'): void {
  writer.receive([{ event: 'download_progress', data: makeProgress({ progress: value }), seq, epoch }]);
}

function status(seq: number, previous: Download['status'] | null, fields: Partial<Download>): void {
  const data = makeStatusEvent(previous, { seq, ...fields });
  writer.receive([{ event: 'download_status', data, seq, epoch: 'e1' }]);
}

function answer(items: Download[], seq: number, epoch = 'e1', filters: QueueFilters = {}): Read<ListDownloadsResponse> {
  const counts = makeCounts();
  for (const row of items) counts[row.status] += 1;
  const read = { data: { items, counts, total: items.length, next_cursor: null }, cursor: { epoch, seq } };
  client.setQueryData(queryKeys.queue(filters), writer.mergeQueueList(filters, read));
  return read;
}

/** As a mounted hook would: what it fetches is merged. */
function observe(fetch: () => Promise<Read<ListDownloadsResponse>>, filters: QueueFilters = {}) {
  const queryFn = vi.fn(async () => writer.mergeQueueList(filters, await fetch()));
  const observer = new QueryObserver(client, {
    queryKey: queryKeys.queue(filters),
    queryFn,
    staleTime: Number.POSITIVE_INFINITY,
    structuralSharing: false,
    retry: false,
  });
  stops.push(observer.subscribe(() => undefined));
  return queryFn;
}

describe('CacheWriter', () => {
  it('writes progress into the list and into the download, forwards only', () => {
    answer([makeDownload()], 1);
    client.setQueryData(queryKeys.downloadProgress('d1'), makeDownload());
    progress(5, 50);
    progress(4, 40);
    expect(list()?.items[0]).toMatchObject({ progress: 50, seq: 5, downloaded_bytes: 500 });
    expect(client.getQueryData(queryKeys.downloadProgress('d1'))).toMatchObject({ progress: 50, seq: 5 });
    progress(6, 30);
    expect(list()?.items[0]).toMatchObject({ progress: 50, seq: 6 });
    status(7, 'downloading', { progress: 0, attempt: 2 });
    expect(list()?.items[0]).toMatchObject({ progress: 0, attempt: 2 });
  });

  it('wakes nobody for an event that changes nothing', () => {
    answer([makeDownload()], 1);
    const before = list();
    const write = vi.spyOn(client, 'setQueryData');
    const elsewhere: LogEvent[] = [
      { event: 'download_progress', data: makeProgress({ download_id: 'd9', progress: 1 }), seq: 2, epoch: 'e1' },
      {
        event: 'queue_update',
        data: { action: 'reordered', download_id: 'd9', status: null, previous_status: null },
        seq: 3,
        epoch: 'e1',
      },
    ];
    for (const event of elsewhere) writer.receive([event]);
    expect(write).not.toHaveBeenCalled();
    expect(list()).toBe(before);
  });

  it('moves a download from the list it leaves to the list it enters', () => {
    answer([makeDownload()], 1);
    answer([], 1, 'e1', { status: ['completed'] });
    status(2, 'downloading', { status: 'completed', progress: 100 });
    expect(list()).toMatchObject({ items: [], total: 0, counts: { downloading: 0, completed: 1 } });
    expect(client.getQueryData(queryKeys.queue({ status: ['completed'] }))).toMatchObject({
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
    expect(client.getQueryData<QueueList>(queryKeys.queue(filters))?.items.map((row) => row.download_id)).toEqual([
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
    writer.receive([{ event: 'queue_update', data, seq: 2, epoch: 'e1' }]);
    expect(list()).toMatchObject({ items: [], total: 0, counts: { downloading: 0 } });
  });

  it('keeps the statistics, from snapshots and from events, the newer of both', () => {
    connected('e1:5');
    snapshot(5, [makeDownload({ download_speed: 30 }), makeDownload({ download_id: 'd2', download_speed: 12 })]);
    expect(client.getQueryData(queryKeys.queueStats())).toMatchObject({
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
    writer.receive([stats(7, 70)]);
    writer.receive([stats(6, 60)]);
    expect(client.getQueryData(queryKeys.queueStats())).toMatchObject({ total_speed: 70, seq: 7 });
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

describe('when continuity is lost', () => {
  const fresh =
    (seq: number, epoch = 'e1') =>
    async (): Promise<Read<ListDownloadsResponse>> => ({
      data: {
        items: [makeDownload({ seq, progress: 66 })],
        counts: makeCounts({ downloading: 1 }),
        total: 1,
        next_cursor: null,
      },
      cursor: { epoch, seq },
    });

  it('fetches what is on the page, and drops what is not', async () => {
    answer([makeDownload()], 1);
    answer([], 1, 'e1', { status: ['failed'] });
    client.setQueryData(queryKeys.downloadProgress('d1'), makeDownload());
    const fetch = observe(fresh(5));
    writer.receive([{ event: 'reset', data: { reason: 'trimmed' }, seq: null, epoch: null }]);
    await vi.runAllTimersAsync();
    expect(fetch).toHaveBeenCalledTimes(1);
    expect(list()?.items[0]?.progress).toBe(66);
    expect(client.getQueryData(queryKeys.queue({ status: ['failed'] }))).toBeUndefined();
    expect(client.getQueryData(queryKeys.downloadProgress('d1'))).toBeUndefined();
  });

  it('lets a new epoch win, though its positions are lower', () => {
    answer([makeDownload({ seq: 1000, progress: 10 })], 1000);
    client.setQueryData(queryKeys.downloadProgress('d1'), makeDownload({ seq: 1000 }));
    writer.receive([{ event: 'queue_stats', data: { counts: makeCounts(), total_speed: 1 }, seq: 1000, epoch: 'e1' }]);
    progress(2, 20, 'e2');
    expect(list()?.items[0]).toMatchObject({ progress: 20, seq: 2 });
    expect(client.getQueryData(queryKeys.downloadProgress('d1'))).toMatchObject({ progress: 20, seq: 2 });
    expect(client.getQueryData(queryKeys.queueStats())).toBeUndefined();
  });

  it('notices a new epoch by an answer alone, as when it polls', () => {
    answer([makeDownload({ seq: 1000, progress: 90 })], 1000);
    answer([makeDownload({ seq: 3, progress: 5 })], 3, 'e2');
    expect(list()?.items[0]).toMatchObject({ progress: 5, seq: 3 });
    const download = (seq: number, value: number, epoch: string) =>
      client.setQueryData(
        queryKeys.downloadProgress('d1'),
        writer.mergeDownload('d1', { data: makeDownload({ seq, progress: value }), cursor: { epoch, seq } }),
      );
    download(9, 50, 'e2');
    download(2, 7, 'e3');
    expect(client.getQueryData(queryKeys.downloadProgress('d1'))).toMatchObject({ progress: 7 });
  });

  it('brings one download up to date whose answer was late', () => {
    connected('e1:9');
    snapshot(9, []);
    progress(10, 40);
    status(11, 'queued', { download_id: 'other' });
    const late = { data: makeDownload({ seq: 9, progress: 30 }), cursor: { epoch: 'e1', seq: 9 } };
    expect(writer.mergeDownload('d1', late)).toMatchObject({ progress: 40, seq: 10 });
  });

  it('asks again, once, for an answer that is older than what it knows', async () => {
    const answers = [fresh(2), fresh(12)];
    connected('e1:9');
    snapshot(10, []);
    const fetch = observe(() => answers.shift()?.() ?? Promise.reject(new Error('asked too often')));
    await vi.runAllTimersAsync();
    expect(fetch).toHaveBeenCalledTimes(2);
    expect(list()).toMatchObject({ as_of: { seq: 12 } });
  });

  it('asks at most every two seconds, however much is in doubt', async () => {
    answer([makeDownload()], 1);
    const fetch = observe(fresh(5));
    const reset = () => writer.receive([{ event: 'reset', data: { reason: 'overflow' }, seq: null, epoch: null }]);
    for (let n = 0; n < 50; n += 1) {
      reset();
      await vi.advanceTimersByTimeAsync(100);
    }
    expect(fetch.mock.calls.length).toBeLessThanOrEqual(3);
  });

  it('goes on asking while the server fails, but not when it refuses', async () => {
    answer([makeDownload()], 1);
    const failures = [
      new HermesApiError({ code: 'NETWORK_ERROR', message: '' }),
      new HermesApiError({ code: 'REDIS_UNAVAILABLE', message: '', status: 503 }),
      new HermesApiError({ code: 'FORBIDDEN', message: '', status: 403 }),
    ];
    const fetch = observe(() => Promise.reject(failures.shift() ?? new Error('asked too often')));
    writer.receive([{ event: 'reset', data: { reason: 'trimmed' }, seq: null, epoch: null }]);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(fetch).toHaveBeenCalledTimes(3);
  });

  it('is content with an answer that is old because nothing has happened since', async () => {
    connected('e1:500');
    snapshot(500, [], {});
    const fetch = observe(fresh(480), { status: ['completed'] });
    await vi.runAllTimersAsync();
    expect(fetch).toHaveBeenCalledTimes(2);
  });

  it('begins anew at a reset in mid-stream, also into another epoch', async () => {
    connected('e1:500');
    snapshot(500, [makeDownload({ seq: 500 })]);
    answer([makeDownload({ seq: 500, progress: 70 })], 500);
    const fetch = observe(fresh(4, 'e2'));
    writer.receive([{ event: 'reset', data: { reason: 'epoch_changed' }, seq: null, epoch: null }]);
    const data = {
      downloads: [makeDownload({ seq: 3, progress: 2 })],
      counts: makeCounts({ downloading: 1 }),
      page: 1,
      last: true,
    };
    writer.receive([{ event: 'snapshot', data, seq: 3, epoch: 'e2' }]);
    expect(list()?.items[0]).toMatchObject({ progress: 2, seq: 3 });
    await vi.runAllTimersAsync();
    expect(fetch).toHaveBeenCalledTimes(1);
    expect(list()).toMatchObject({ items: [{ progress: 66 }], as_of: { epoch: 'e2', seq: 4 } });
  });

  it('takes every fact for news of a list whose position the API did not tell', () => {
    const read = {
      data: { items: [makeDownload()], counts: makeCounts({ downloading: 1 }), total: 1, next_cursor: null },
    };
    client.setQueryData(listKey, writer.mergeQueueList({}, { ...read, cursor: null }));
    progress(2, 20);
    status(3, null, { download_id: 'd2', status: 'queued', created_at: '2026-01-02T00:00:00.000Z' });
    expect(list()).toMatchObject({ items: [{ progress: 20 }, { download_id: 'd2' }], total: 2, as_of: null });
  });
});
