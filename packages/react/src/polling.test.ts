import { HermesApiError } from '@hermes/client';
import { describe, expect, it } from 'vitest';
import { makeCounts, makeDownload } from '../../client/src/fixtures/downloads.ts';
import { progressInterval, queueInterval, shouldPoll, shouldRetry } from './polling.ts';

describe('shouldPoll', () => {
  it.each([
    ['polling', true, true],
    ['live', true, false],
    ['connecting', true, false],
    ['reconnecting', true, false],
    ['off', true, false],
    ['off', false, true],
  ] as const)('%s with streams %s: %s', (state, sseEnabled, polls) => {
    expect(shouldPoll({ state, attempts: 0, since: 0, error: null, notice: null }, sseEnabled)).toBe(polls);
  });
});

describe('intervals', () => {
  it('asks for a download every 2 s until it has ended', () => {
    expect(progressInterval(undefined)).toBe(2_000);
    expect(progressInterval(makeDownload({ status: 'queued' }))).toBe(2_000);
    expect(progressInterval(makeDownload({ status: 'cancelled' }))).toBe(false);
  });

  it.each([
    [{ downloading: 1, queued: 5 }, 2_000],
    [{ processing: 1 }, 2_000],
    [{ queued: 1 }, 10_000],
    [{ paused: 1, completed: 9 }, 30_000],
  ])('asks for a queue of %o every %i ms', (counts, ms) => {
    expect(queueInterval(makeCounts(counts))).toBe(ms);
  });

  it('is quick while it knows nothing', () => {
    expect(queueInterval(undefined)).toBe(2_000);
  });
});

describe('shouldRetry', () => {
  it.each([
    ['no server', new HermesApiError({ code: 'NETWORK_ERROR', message: '' }), true],
    ['a 503', new HermesApiError({ code: 'REDIS_UNAVAILABLE', message: '', status: 503 }), true],
    ['a 401', new HermesApiError({ code: 'UNAUTHENTICATED', message: '', status: 401 }), false],
    ['a 404', new HermesApiError({ code: 'DOWNLOAD_NOT_FOUND', message: '', status: 404 }), false],
  ])('after %s', (_, error, again) => {
    expect(shouldRetry(0, error)).toBe(again);
    expect(shouldRetry(3, error)).toBe(false);
  });
});
