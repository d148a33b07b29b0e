import type { LogEvent } from '@hermes/event-log';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { DispatchClock } from './dispatch-clock.ts';

let dispatched: number[];
let published: number[];
let clock: DispatchClock;

beforeEach(() => {
  vi.useFakeTimers({ now: Date.UTC(2026, 0, 1) });
  [dispatched, published] = [[], []];
  clock = new DispatchClock(
    (seconds) => dispatched.push(seconds),
    (seconds) => published.push(seconds),
  );
  // The first sample is due at once, whenever the process began.
  vi.advanceTimersByTime(5000);
});
afterEach(() => {
  vi.useRealTimers();
});

function status(updatedAt: number, previousStatus: LogEvent['previousStatus'] = 'queued'): LogEvent {
  const data = `{"filename":"\\"updated_at\\":\\"no","updated_at":"${new Date(updatedAt).toISOString()}"}`;
  return { seq: 1, event: 'download_status', key: 'one', status: 'downloading', previousStatus, data };
}

const take = (...events: LogEvent[]) => clock.taken(events, performance.now());

test('measures a turn from its oldest event', () => {
  take(status(0, null));
  vi.advanceTimersByTime(20);
  take(status(0, null));
  vi.advanceTimersByTime(10);
  clock.flushed();
  clock.flushed();
  expect(dispatched).toEqual([0.03]);
});

test('measures the whole way of a change of status, once a second at most', () => {
  take(status(Date.now() - 40));
  vi.advanceTimersByTime(2);
  clock.flushed();
  take(status(Date.now() - 40));
  clock.flushed();
  expect(published).toEqual([0.042]);
  vi.advanceTimersByTime(1000);
  take(status(Date.now() - 7));
  clock.flushed();
  expect(published).toEqual([0.042, 0.007]);
});

test('takes a clock that is ahead for no time, and a download that was put back for none at all', () => {
  take(status(Date.now() - 86_400_000, null), status(Date.now() + 500));
  clock.flushed();
  expect(published).toEqual([0]);
});

test('does without what cannot be read', () => {
  take({ ...status(0), data: '{"updated_at":"yesterday"}' }, { ...status(0), data: '{}' });
  clock.flushed();
  expect([dispatched.length, published]).toEqual([1, []]);
});
