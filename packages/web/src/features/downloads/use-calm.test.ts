import { act, cleanup, renderHook } from '@testing-library/react';
import { useEffect } from 'react';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { useCalm } from './use-calm.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance', 'setTimeout', 'clearTimeout'] });
});
afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

it('takes the first change at once and the next with the next second', () => {
  const { result, rerender } = renderHook(({ value }) => useCalm(value), { initialProps: { value: 0 } });
  rerender({ value: 1 });
  expect(result.current).toBe(1);
  for (const value of [2, 3, 4]) {
    act(() => vi.advanceTimersByTime(250));
    rerender({ value });
    expect(result.current).toBe(1);
  }
  act(() => vi.advanceTimersByTime(250));
  rerender({ value: 5 });
  expect(result.current).toBe(5);
});

it('takes the last when nothing more comes', () => {
  const { result, rerender } = renderHook(({ value }) => useCalm(value), { initialProps: { value: 0 } });
  rerender({ value: 1 });
  rerender({ value: 2 });
  act(() => vi.advanceTimersByTime(2000));
  expect(result.current).toBe(2);
  expect(vi.getTimerCount()).toBe(0);
});

it('draws what is due with what brought it', () => {
  let drawings = 0;
  const { rerender } = renderHook(
    ({ value }) => {
      const shown = useCalm(value);
      useEffect(() => {
        drawings += 1;
      });
      return shown;
    },
    { initialProps: { value: 0 } },
  );
  drawings = 0;
  rerender({ value: 1 });
  expect(drawings).toBe(1);
});

it('waits as long as it is told', () => {
  const { result, rerender } = renderHook(({ value }) => useCalm(value, 4000), { initialProps: { value: 'a' } });
  rerender({ value: 'b' });
  expect(result.current).toBe('b');
  act(() => vi.advanceTimersByTime(3900));
  rerender({ value: 'c' });
  expect(result.current).toBe('b');
  act(() => vi.advanceTimersByTime(5000));
  expect(result.current).toBe('c');
});
