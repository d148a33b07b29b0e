import type { Storage } from '@hermes/contracts';
import { createLogger } from '@hermes/runtime';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { StoragePublisher } from './storage-publisher.ts';

const MIB = 1024 * 1024;
const STORAGE: Storage = {
  total_space: 1000 * MIB,
  used_space: 400 * MIB,
  free_space: 600 * MIB,
  downloads_size: 10,
  downloads_count: 1,
  generated_at: '2026-01-02T03:04:05.000Z',
  is_stale: false,
  level: 'ok',
  warn_percent: 90,
  stop_percent: 95,
};

let current: Storage | null;
let told: Storage[];
let publish: ReturnType<typeof vi.fn>;
let publisher: StoragePublisher;

beforeEach(() => {
  vi.useFakeTimers();
  [current, told] = [STORAGE, []];
  publish = vi.fn(async (_event: string, data: Storage) => told.push(data));
  publisher = new StoragePublisher({ publish: publish as never }, createLogger('test', 'silent'), () => current);
});
afterEach(() => {
  publisher.close();
  vi.useRealTimers();
});

const counts = () => told.map(({ downloads_count }) => downloads_count);

it('tells what is news, and at most every five seconds the newest of it', async () => {
  for (let n = 1; n <= 50; n++) {
    current = { ...STORAGE, downloads_count: n };
    publisher.consider();
    await vi.advanceTimersByTimeAsync(200);
  }
  // After 0, 5 and, at the end, 10 seconds.
  expect(counts()).toEqual([1, 25, 50]);
  publisher.consider();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(told).toHaveLength(3);
});

it('takes small movements of the free space for none, and large ones for news', async () => {
  publisher.consider();
  await vi.advanceTimersByTimeAsync(10_000);
  for (const free of [599, 580, 537]) {
    current = { ...STORAGE, free_space: free * MIB };
    publisher.consider();
    await vi.advanceTimersByTimeAsync(10_000);
  }
  expect(told).toHaveLength(1);
  current = { ...STORAGE, free_space: 536 * MIB };
  publisher.consider();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(told).toHaveLength(2);
});

it('takes another level for news', async () => {
  publisher.consider();
  await vi.advanceTimersByTimeAsync(10_000);
  current = { ...STORAGE, level: 'low' };
  publisher.consider();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(told).toHaveLength(2);
});

it('tells what was told before if someone asks for it', async () => {
  publisher.consider();
  await vi.advanceTimersByTimeAsync(10_000);
  publisher.insist();
  publisher.consider();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(told).toHaveLength(2);
});

it('tells the next time what could not be told', async () => {
  publish.mockRejectedValueOnce(new Error('Connection is closed.'));
  publisher.consider();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(told).toEqual([]);
  publisher.consider();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(told).toEqual([STORAGE]);
});

it('says nothing while there is nothing to say, and after it was closed', async () => {
  current = null;
  publisher.consider();
  await vi.advanceTimersByTimeAsync(10_000);
  current = STORAGE;
  publisher.consider();
  publisher.close();
  publisher.consider();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(publish).not.toHaveBeenCalled();
});
