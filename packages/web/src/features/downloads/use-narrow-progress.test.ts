import { renderHook } from '@testing-library/react';
import { expect, it } from 'vitest';
import { useNarrowProgress } from './use-narrow-progress.ts';

const counts = (downloading: number, processing = 0) => ({
  queued: 500,
  downloading,
  processing,
  paused: 0,
  completed: 90,
  failed: 0,
  cancelled: 0,
});

it('narrows where many run, and does not go back and forth for one of them', () => {
  const { result, rerender } = renderHook(({ held }) => useNarrowProgress(held), {
    initialProps: { held: null as ReturnType<typeof counts> | null },
  });
  const of = (held: ReturnType<typeof counts>) => {
    rerender({ held });
    return result.current;
  };
  expect(result.current).toBe(false);
  expect(of(counts(24))).toBe(false);
  expect(of(counts(24, 1))).toBe(true);
  expect(of(counts(24))).toBe(true);
  expect(of(counts(17))).toBe(true);
  expect(of(counts(16))).toBe(false);
  expect(of(counts(20))).toBe(false);
});
