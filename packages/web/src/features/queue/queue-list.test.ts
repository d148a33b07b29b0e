import type { Download, DownloadStatus, ListDownloadsResponse } from '@hermes/contracts';
import type { LogEvent, Read, StreamEvent } from '@hermes/react';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { makeCounts } from '../../../../client/src/fixtures/downloads.ts';
import { aDownload } from '../../fixtures/downloads.ts';
import { QueueList } from './queue-list.ts';

const EPOCH = 'e1';

let pages: Map<string | null, Read<ListDownloadsResponse>>;
let single: Map<string, Download>;
let asked: (string | null)[];

function aList(statuses: readonly DownloadStatus[]): QueueList {
  return new QueueList({
    statuses,
    fetchPage: async (cursor) => {
      asked.push(cursor);
      const page = pages.get(cursor);
      if (page === undefined) throw new Error(`There is no page at ${cursor}`);
      return page;
    },
    fetchOne: async (id) => single.get(id) ?? null,
    onError: vi.fn(),
    schedule: (flush) => flush(),
  });
}

function aPage(items: Download[], seq: number, next: string | null = null): Read<ListDownloadsResponse> {
  return {
    data: { items, counts: makeCounts({ downloading: items.length }), total: items.length, next_cursor: next },
    cursor: { epoch: EPOCH, seq },
  };
}

function status(download: Download, previous: DownloadStatus | null, seq: number): LogEvent {
  return { event: 'download_status', data: { ...download, seq, previous_status: previous }, seq, epoch: EPOCH };
}

function progress(id: string, value: number, seq: number): LogEvent {
  return {
    event: 'download_progress',
    data: {
      download_id: id,
      status: 'downloading',
      progress: value,
      downloaded_bytes: value,
      total_bytes: 100,
      download_speed: 1,
      eta: 1,
    },
    seq,
    epoch: EPOCH,
  };
}

const placedIds = (list: QueueList) => list.get().placed.map((row) => row.download_id);

beforeEach(() => {
  pages = new Map();
  single = new Map();
  asked = [];
});

describe('a list of what is unfinished', () => {
  const OPEN = ['queued', 'downloading', 'processing', 'paused'] as const;

  it('reads page after page, each once, and ends where the server says', async () => {
    pages.set(null, aPage([aDownload('a'), aDownload('b')], 10, 'next'));
    pages.set('next', aPage([aDownload('b'), aDownload('c')], 10));
    const list = aList(OPEN);
    await Promise.all([list.loadMore(), list.loadMore()]);
    expect(asked).toEqual([null]);
    expect(list.get()).toMatchObject({ hasMore: true, isLoading: false });
    await list.loadMore();
    await list.loadMore();
    expect(asked).toEqual([null, 'next']);
    expect(placedIds(list)).toEqual(['a', 'b', 'c']);
    expect(list.get().hasMore).toBe(false);
  });

  it('moves a row by an event without touching the list, and tells that row alone', async () => {
    pages.set(null, aPage([aDownload('a'), aDownload('b')], 10));
    const list = aList(OPEN);
    await list.loadMore();
    const before = list.get();
    const told = { a: vi.fn(), b: vi.fn() };
    list.rows.subscribe('a', told.a);
    list.rows.subscribe('b', told.b);
    list.receive(progress('a', 42, 11));
    expect(list.rows.get('a')?.progress).toBe(42);
    expect(told.a).toHaveBeenCalledOnce();
    expect(told.b).not.toHaveBeenCalled();
    expect(list.get()).toBe(before);
  });

  it('is the same while the stream says what is known', async () => {
    pages.set(null, aPage([aDownload('a')], 10));
    const list = aList(OPEN);
    await list.loadMore();
    const told = vi.fn();
    list.subscribe(told);
    const before = list.get();
    const stats = (downloading: number, seq: number): LogEvent => ({
      event: 'queue_stats',
      data: { counts: makeCounts({ downloading }), total_speed: seq },
      seq,
      epoch: EPOCH,
    });
    list.receive(stats(1, 11));
    expect(list.get()).toBe(before);
    expect(told).not.toHaveBeenCalled();
    list.receive(stats(2, 12));
    expect(list.get().counts?.downloading).toBe(2);
    expect(told).toHaveBeenCalledOnce();
  });

  it('lets a row that has ended stay until it is settled', async () => {
    pages.set(null, aPage([aDownload('a'), aDownload('b')], 10));
    const list = aList(OPEN);
    await list.loadMore();
    list.receive(status(aDownload('a', { status: 'completed' }), 'downloading', 11));
    expect(placedIds(list)).toEqual(['a', 'b']);
    expect(list.get()).toMatchObject({ strays: 1, counts: { downloading: 1, completed: 1 } });
    list.settle();
    expect(placedIds(list)).toEqual(['b']);
    expect(list.get().strays).toBe(0);
  });

  it('adds what is new behind all others, unless its page has not come yet', async () => {
    pages.set(null, aPage([aDownload('a')], 10, 'next'));
    pages.set('next', aPage([aDownload('b')], 10));
    const list = aList(OPEN);
    await list.loadMore();
    list.receive(status(aDownload('c', { status: 'queued' }), null, 11));
    expect(placedIds(list)).toEqual(['a']);
    await list.loadMore();
    list.receive(status(aDownload('d', { status: 'queued' }), null, 12));
    expect(placedIds(list)).toEqual(['a', 'b', 'd']);
  });

  it('brings an answer up to date with what was said before it came', async () => {
    const list = aList(OPEN);
    list.receive(progress('a', 60, 12));
    pages.set(null, aPage([aDownload('a', { seq: 5, progress: 10 })], 5));
    await list.loadMore();
    expect(list.rows.get('a')?.progress).toBe(60);
  });

  it('does not go back to an older answer', async () => {
    pages.set(null, aPage([aDownload('a', { seq: 5 })], 5));
    const list = aList(OPEN);
    await list.loadMore();
    list.receive(progress('a', 60, 12));
    await list.refresh(['a']);
    expect(list.rows.get('a')?.progress).toBe(60);
  });

  it('asks after a row that has left its page without a word', async () => {
    pages.set(null, aPage([aDownload('a'), aDownload('b')], 10));
    const list = aList(OPEN);
    await list.loadMore();
    pages.set(null, aPage([], 20));
    single.set('a', aDownload('a', { status: 'failed', seq: 19 }));
    await list.refresh([]);
    // The other one exists no more.
    expect(placedIds(list)).toEqual(['a']);
    expect(list.rows.get('a')?.status).toBe('failed');
    expect(list.get().strays).toBe(1);
  });

  it('reads everything again after a gap', async () => {
    pages.set(null, aPage([aDownload('a')], 10));
    const list = aList(OPEN);
    await list.loadMore();
    pages.set(null, aPage([aDownload('a', { seq: 15, progress: 70 })], 15));
    list.receive({ event: 'reset', data: { reason: 'trimmed' }, seq: null, epoch: null } as StreamEvent);
    await vi.waitFor(() => expect(list.rows.get('a')?.progress).toBe(70));
  });

  it('takes whatever comes of another epoch for newer', async () => {
    pages.set(null, aPage([aDownload('a', { seq: 500, progress: 10 })], 500));
    const list = aList(OPEN);
    await list.loadMore();
    list.receive(progress('a', 20, 501));
    list.receive({ ...progress('a', 30, 2), epoch: 'e2' });
    expect(list.rows.get('a')?.progress).toBe(30);
  });

  it('takes what was deleted elsewhere out', async () => {
    pages.set(null, aPage([aDownload('a'), aDownload('b')], 10));
    const list = aList(OPEN);
    await list.loadMore();
    list.receive({
      event: 'queue_update',
      data: { action: 'removed', download_id: 'a', status: null, previous_status: 'downloading' },
      seq: 11,
      epoch: EPOCH,
    });
    expect(placedIds(list)).toEqual(['b']);
    expect(list.get().counts?.downloading).toBe(1);
  });

  it('says why it has nothing, and has it at the next try', async () => {
    const list = aList(OPEN);
    await list.loadMore();
    expect(list.get()).toMatchObject({ isLoading: false, error: new Error('There is no page at null') });
    pages.set(null, aPage([aDownload('a')], 10));
    await list.loadMore();
    expect(list.get().error).toBeNull();
    expect(placedIds(list)).toEqual(['a']);
  });
});

describe('a list of what has ended, newest first', () => {
  it('keeps what is new waiting, and lets it in at the top', async () => {
    pages.set(null, aPage([aDownload('a', { status: 'failed' })], 10));
    const list = aList(['failed']);
    await list.loadMore();
    list.receive(status(aDownload('b', { status: 'failed' }), 'downloading', 11));
    list.receive(status(aDownload('c', { status: 'failed' }), 'downloading', 12));
    expect(placedIds(list)).toEqual(['a']);
    expect(list.get().arrivals).toEqual(['b', 'c']);
    list.settle();
    expect(placedIds(list)).toEqual(['c', 'b', 'a']);
  });

  it('forgets one that has gone again before it was let in', async () => {
    pages.set(null, aPage([], 10));
    const list = aList(['failed']);
    await list.loadMore();
    list.receive(status(aDownload('b', { status: 'failed' }), 'downloading', 11));
    list.receive(status(aDownload('b', { status: 'queued' }), 'failed', 12));
    list.settle();
    expect(placedIds(list)).toEqual([]);
    expect(list.get()).toMatchObject({ arrivals: [], strays: 0 });
  });

  it('finds out that one is gone which came by the stream, and whose end nobody told', async () => {
    pages.set(null, aPage([aDownload('a', { status: 'failed' })], 10));
    const list = aList(['failed']);
    await list.loadMore();
    list.receive(status(aDownload('b', { status: 'failed' }), 'downloading', 11));
    list.settle();
    expect(placedIds(list)).toEqual(['b', 'a']);
    list.receive({ event: 'reset', data: { reason: 'trimmed' }, seq: null, epoch: null } as StreamEvent);
    await vi.waitFor(() => expect(placedIds(list)).toEqual(['a']));
  });
});
