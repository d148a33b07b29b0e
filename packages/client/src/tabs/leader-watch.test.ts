import { beforeEach, describe, expect, it } from 'vitest';
import { LeaderWatch } from './leader-watch.ts';
import { TAB_TIMING } from './tab-timing.ts';

const { suspect, answer, jitter, handOver } = TAB_TIMING;

let watch: LeaderWatch;
beforeEach(() => {
  watch = new LeaderWatch(() => 0.5);
  watch.begin(0);
});

describe('LeaderWatch', () => {
  it('asks one that is silent, and replaces it only if it does not answer', () => {
    expect(watch.judge(suspect - 1, true)).toBe('fine');
    expect(watch.judge(suspect, true)).toBe('ask');
    watch.heard(suspect + 50);
    expect(watch.judge(suspect + 60, true)).toBe('fine');
    const again = 2 * suspect + 50;
    expect(watch.judge(again, true)).toBe('ask');
    expect(watch.judge(again + answer, true)).toBe('fine');
    expect(watch.judge(again + answer + jitter / 2, true)).toBe('replace');
    // Then the new one is given its time.
    expect(watch.judge(again + answer + jitter / 2 + 1, true)).toBe('fine');
  });

  it('asks first also after a long sleep of its own', () => {
    expect(watch.judge(600_000, true)).toBe('ask');
  });

  it('replaces one that has been hidden for a while, if this tab can be seen', () => {
    const hear = (at: number, isHidden: boolean) => {
      watch.heard(at);
      watch.hidden(isHidden, at);
    };
    hear(100, true);
    hear(100 + handOver, true);
    expect(watch.judge(100 + handOver, false)).toBe('fine');
    expect(watch.judge(100 + handOver, true)).toBe('replace');
    hear(3_000, true);
    hear(3_500, false);
    hear(3_500 + handOver, true);
    expect(watch.judge(3_500 + handOver, true)).toBe('fine');
  });
});
