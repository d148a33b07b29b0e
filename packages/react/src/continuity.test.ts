import { HermesApiError, type Read } from '@hermes/client';
import type { ListDownloadsResponse } from '@hermes/contracts';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { makeCounts, makeDownload } from '../../client/src/fixtures/downloads.ts';
import {
  answer,
  closePage,
  connected,
  list,
  listKey,
  observe,
  openPage,
  page,
  progress,
  snapshot,
  status,
} from './fixtures/cache-page.ts';
import { queryKeys } from './query-keys.ts';

beforeEach(openPage);
afterEach(closePage);

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
    page.client.setQueryData(queryKeys.downloadProgress('d1'), makeDownload());
    const fetch = observe(fresh(5));
    page.writer.receive([{ event: 'reset', data: { reason: 'trimmed' }, seq: null, epoch: null }]);
    await vi.runAllTimersAsync();
    expect(fetch).toHaveBeenCalledTimes(1);
    expect(list()?.items[0]?.progress).toBe(66);
    expect(page.client.getQueryData(queryKeys.queue({ status: ['failed'] }))).toBeUndefined();
    expect(page.client.getQueryData(queryKeys.downloadProgress('d1'))).toBeUndefined();
  });

  it('lets a new epoch win, though its positions are lower', () => {
    answer([makeDownload({ seq: 1000, progress: 10 })], 1000);
    page.client.setQueryData(queryKeys.downloadProgress('d1'), makeDownload({ seq: 1000 }));
    page.writer.receive([
      { event: 'queue_stats', data: { counts: makeCounts(), total_speed: 1 }, seq: 1000, epoch: 'e1' },
    ]);
    progress(2, 20, 'e2');
    expect(list()?.items[0]).toMatchObject({ progress: 20, seq: 2 });
    expect(page.client.getQueryData(queryKeys.downloadProgress('d1'))).toMatchObject({ progress: 20, seq: 2 });
    expect(page.client.getQueryData(queryKeys.queueStats())).toBeUndefined();
  });

  it('notices a new epoch by an answer alone, as when it polls', () => {
    answer([makeDownload({ seq: 1000, progress: 90 })], 1000);
    answer([makeDownload({ seq: 3, progress: 5 })], 3, 'e2');
    expect(list()?.items[0]).toMatchObject({ progress: 5, seq: 3 });
    const download = (seq: number, value: number, epoch: string) =>
      page.client.setQueryData(
        queryKeys.downloadProgress('d1'),
        page.writer.mergeDownload('d1', { data: makeDownload({ seq, progress: value }), cursor: { epoch, seq } }),
      );
    download(9, 50, 'e2');
    download(2, 7, 'e3');
    expect(page.client.getQueryData(queryKeys.downloadProgress('d1'))).toMatchObject({ progress: 7 });
  });

  it('brings one download up to date whose answer was late', () => {
    connected('e1:9');
    snapshot(9, []);
    progress(10, 40);
    status(11, 'queued', { download_id: 'other' });
    const late = { data: makeDownload({ seq: 9, progress: 30 }), cursor: { epoch: 'e1', seq: 9 } };
    expect(page.writer.mergeDownload('d1', late)).toMatchObject({ progress: 40, seq: 10 });
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
    const reset = () => page.writer.receive([{ event: 'reset', data: { reason: 'overflow' }, seq: null, epoch: null }]);
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
    page.writer.receive([{ event: 'reset', data: { reason: 'trimmed' }, seq: null, epoch: null }]);
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
    page.writer.receive([{ event: 'reset', data: { reason: 'epoch_changed' }, seq: null, epoch: null }]);
    const data = {
      downloads: [makeDownload({ seq: 3, progress: 2 })],
      counts: makeCounts({ downloading: 1 }),
      page: 1,
      last: true,
    };
    page.writer.receive([{ event: 'snapshot', data, seq: 3, epoch: 'e2' }]);
    expect(list()?.items[0]).toMatchObject({ progress: 2, seq: 3 });
    await vi.runAllTimersAsync();
    expect(fetch).toHaveBeenCalledTimes(1);
    expect(list()).toMatchObject({ items: [{ progress: 66 }], as_of: { epoch: 'e2', seq: 4 } });
  });

  it('takes every fact for news of a list whose position the API did not tell', () => {
    const read = {
      data: { items: [makeDownload()], counts: makeCounts({ downloading: 1 }), total: 1, next_cursor: null },
    };
    page.client.setQueryData(listKey, page.writer.mergeQueueList({}, { ...read, cursor: null }));
    progress(2, 20);
    status(3, null, { download_id: 'd2', status: 'queued', created_at: '2026-01-02T00:00:00.000Z' });
    expect(list()).toMatchObject({ items: [{ progress: 20 }, { download_id: 'd2' }], total: 2, as_of: null });
  });
});
