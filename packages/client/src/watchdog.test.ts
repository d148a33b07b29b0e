import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Watchdog } from './watchdog.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

describe('Watchdog', () => {
  it('barks once, after the time given', () => {
    const bark = vi.fn();
    new Watchdog(bark).watch(1000);
    vi.advanceTimersByTime(999);
    expect(bark).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(bark).toHaveBeenCalledTimes(1);
    vi.advanceTimersByTime(10_000);
    expect(bark).toHaveBeenCalledTimes(1);
  });

  it('counts from the last that it heard', () => {
    const bark = vi.fn();
    const watchdog = new Watchdog(bark);
    watchdog.watch(1000);
    vi.advanceTimersByTime(900);
    watchdog.heard();
    vi.advanceTimersByTime(999);
    expect(bark).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(bark).toHaveBeenCalledTimes(1);
  });

  it('goes on with another limit, and stops', () => {
    const bark = vi.fn();
    const watchdog = new Watchdog(bark);
    watchdog.watch(1000);
    vi.advanceTimersByTime(900);
    watchdog.watch(5000);
    vi.advanceTimersByTime(4999);
    expect(bark).not.toHaveBeenCalled();
    watchdog.stop();
    vi.advanceTimersByTime(10_000);
    expect(bark).not.toHaveBeenCalled();
    expect(vi.getTimerCount()).toBe(0);
  });
});
