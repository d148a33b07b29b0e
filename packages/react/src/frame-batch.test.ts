import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { FrameBatch } from './frame-batch.ts';

let handed: (readonly number[])[];
let batch: FrameBatch<number>;

beforeEach(() => {
  vi.useFakeTimers();
  handed = [];
  batch = new FrameBatch((items) => handed.push(items));
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

it('hands on with the next frame what came before it', () => {
  let frame = () => {};
  vi.stubGlobal('requestAnimationFrame', (callback: () => void) => {
    frame = callback;
    return 7;
  });
  vi.stubGlobal('cancelAnimationFrame', () => undefined);
  batch.add(1);
  batch.add(2);
  vi.advanceTimersByTime(16);
  expect(handed).toEqual([]);
  frame();
  expect(handed).toEqual([[1, 2]]);
  vi.advanceTimersByTime(1000);
  expect(handed).toEqual([[1, 2]]);
});

it('hands on once a frame what comes without a pause, in order', () => {
  for (let n = 0; n < 100; n += 1) {
    batch.add(n);
    vi.advanceTimersByTime(1);
  }
  vi.advanceTimersByTime(20);
  expect(handed.flat()).toEqual(Array.from({ length: 100 }, (_, n) => n));
  expect(handed.length).toBeLessThanOrEqual(8);
});

it('waits for no frame where none comes, as in a hidden tab', () => {
  vi.stubGlobal('requestAnimationFrame', () => 7);
  vi.stubGlobal('cancelAnimationFrame', () => undefined);
  batch.add(1);
  vi.advanceTimersByTime(200);
  batch.add(2);
  expect(handed).toEqual([]);
  vi.advanceTimersByTime(100);
  expect(handed).toEqual([[1, 2]]);
});

it('keeps nothing back when it is told so, and hands nothing on twice', () => {
  batch.add(1);
  batch.flush();
  batch.flush();
  vi.advanceTimersByTime(1_000);
  expect(handed).toEqual([[1]]);
});
