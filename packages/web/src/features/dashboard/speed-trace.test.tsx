import { act, cleanup, render } from '@testing-library/react';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { SpeedTrace } from './speed-trace.tsx';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

const points = (container: HTMLElement) =>
  container.querySelector('polyline')?.getAttribute('points')?.split(' ').length ?? 0;

it('takes each change for a sample, and now and then a speed that stays', () => {
  const { container, rerender } = render(<SpeedTrace speed={0} />);
  for (const speed of [1, 2, 3]) rerender(<SpeedTrace speed={speed} />);
  expect(points(container)).toBe(3);
  act(() => vi.advanceTimersByTime(1500));
  expect(points(container)).toBe(4);
});

it('keeps a minute, and rests once that was all still', () => {
  const { container, rerender } = render(<SpeedTrace speed={0} />);
  expect(vi.getTimerCount()).toBe(0);
  for (let speed = 1; speed <= 80; speed += 1) rerender(<SpeedTrace speed={speed} />);
  expect(points(container)).toBe(60);
  rerender(<SpeedTrace speed={0} />);
  for (let n = 0; n < 60; n += 1) act(() => vi.advanceTimersByTime(1500));
  expect(container.querySelector('svg')).toBeNull();
  expect(vi.getTimerCount()).toBe(0);
});
