import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type Beating, HeartbeatWheel } from './heartbeat-wheel.ts';

class Beater implements Beating {
  readonly beats: number[] = [];
  readonly #next: number;
  constructor(next: number) {
    this.#next = next;
  }
  beat(): number {
    this.beats.push(Date.now());
    return this.#next;
  }
}

describe('HeartbeatWheel', () => {
  beforeEach(() => void vi.useFakeTimers({ now: 0 }));
  afterEach(() => void vi.useRealTimers());

  test('looks at each when it asked to be looked at', () => {
    const wheel = new HeartbeatWheel(1000);
    const often = new Beater(1000);
    const seldom = new Beater(5000);
    wheel.add(often, 1000);
    wheel.add(seldom, 3000);
    vi.advanceTimersByTime(10_000);
    expect(often.beats).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map((second) => second * 1000));
    expect(seldom.beats).toEqual([3000, 8000]);
    wheel.close();
  });

  test('comes early, never late, for what lies beyond a turn of the wheel', () => {
    const wheel = new HeartbeatWheel(1000);
    const beater = new Beater(1000);
    wheel.add(beater, 3_600_000);
    vi.advanceTimersByTime(64_000);
    expect(beater.beats.length).toBeGreaterThan(0);
    wheel.close();
  });

  test('forgets who leaves, also in the middle of its beat', () => {
    const wheel = new HeartbeatWheel(1000);
    let beats = 0;
    const leaver: Beating = {
      beat: () => {
        beats += 1;
        wheel.remove(leaver);
        return 1000;
      },
    };
    wheel.add(leaver, 0);
    vi.advanceTimersByTime(5000);
    expect(beats).toBe(1);
    expect(wheel.size).toBe(0);
    wheel.close();
    expect(vi.getTimerCount()).toBe(0);
  });
});
