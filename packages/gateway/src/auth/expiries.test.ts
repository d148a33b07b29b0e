import type { Credential } from '@hermes/contracts';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { EndReason, HeldStream } from '../delivery/held-stream.ts';
import { Expiries } from './expiries.ts';

const NOW = Date.parse('2026-01-31T12:00:00Z');
let expiries: Expiries;

beforeEach(() => {
  vi.useFakeTimers({ now: NOW });
  expiries = new Expiries();
});
afterEach(() => {
  expiries.close();
  vi.useRealTimers();
});

/** A stream whose credential lasts so long; when it was ended, milliseconds after the beginning. */
function watched(lastsMs: number | null | string) {
  const expiresAt = typeof lastsMs === 'number' ? new Date(NOW + lastsMs).toISOString() : lastsMs;
  const credential: Credential = {
    kind: 'session',
    key_id: 'k',
    name: 'test',
    permissions: ['read'],
    expires_at: expiresAt,
  };
  const { promise: closed, resolve: close } = Promise.withResolvers<void>();
  const ends: [EndReason, number][] = [];
  const stream: HeldStream = {
    origin: { id: 's', openedAt: 0, address: '127.0.0.1', credential, credentialHash: null },
    topics: [],
    bytes: 0,
    queueDepth: 0,
    conflated: 0,
    closed,
    end: (reason) => {
      ends.push([reason, Date.now() - NOW]);
      close();
    },
    notify: () => {},
  };
  expiries.watch(stream);
  return { ends, close };
}

test('each ends in its own moment, whichever came first', async () => {
  const streams = [60_000, 1500, 3 * 24 * 3600_000, 1490, 700].map(watched);
  await vi.advanceTimersByTimeAsync(120_000);
  const ended = streams.map(({ ends }) => ends[0]?.[1] ?? null);
  for (const [index, due] of [60_000, 1500, null, 1490, 700].entries()) {
    const at = ended[index];
    if (due === null) expect(at).toBeNull();
    else {
      expect(at).toBeGreaterThanOrEqual(due);
      expect(at).toBeLessThanOrEqual(due + 100);
    }
  }
  await vi.advanceTimersByTimeAsync(4 * 24 * 3600_000);
  for (const { ends } of streams) expect(ends.map(([reason]) => reason)).toEqual(['expired']);
});

test('one timer serves all, and none is left when nothing expires', async () => {
  expect(watched(null).ends).toEqual([]);
  expect(vi.getTimerCount()).toBe(0);
  const streams = Array.from({ length: 100 }, (_, n) => watched(5000 + n * 10));
  expect(vi.getTimerCount()).toBe(1);
  for (const { close } of streams) close();
  await vi.advanceTimersByTimeAsync(2000);
  expect(vi.getTimerCount()).toBe(0);
  expect(streams.flatMap(({ ends }) => ends)).toEqual([]);
});

test('a clock that is set forward is noticed within a second', async () => {
  const { ends } = watched(3600_000);
  await vi.advanceTimersByTimeAsync(500);
  vi.setSystemTime(NOW + 3600_000);
  await vi.advanceTimersByTimeAsync(1000);
  expect(ends).toHaveLength(1);
});

test('a time that cannot be read counts as past', async () => {
  const { ends } = watched('never');
  await vi.advanceTimersByTimeAsync(100);
  expect(ends.map(([reason]) => reason)).toEqual(['expired']);
});

test('closed, it ends nothing more', async () => {
  const { ends } = watched(500);
  expiries.close();
  watched(100);
  await vi.advanceTimersByTimeAsync(5000);
  expect([ends, vi.getTimerCount()]).toEqual([[], 0]);
});
