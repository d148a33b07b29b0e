import type { EventName } from '@hermes/contracts';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { makeFrame } from '../testing/frames.ts';
import type { Frame } from './frame.ts';
import { RecentWindow } from './recent-window.ts';

const NO_LIMIT = { frames: Number.POSITIVE_INFINITY, bytes: Number.POSITIVE_INFINITY };
const what = fc.constantFrom<[EventName, string | null]>(
  ['download_progress', 'a'],
  ['download_progress', 'b'],
  ['download_status', 'a'],
  ['queue_stats', null],
);

/** What somebody who knows everything up to `seq` is owed. */
function owed(all: readonly Frame[], seq: number): Frame[] {
  const newest = new Map(all.map((frame) => [frame.stateKey ?? frame.seq, frame]));
  return all.filter((frame) => frame.seq > seq && newest.get(frame.stateKey ?? frame.seq) === frame);
}

describe('RecentWindow', () => {
  test('owes nobody whom it claims to serve: every fact and the newest of every state, within its limits', () => {
    fc.assert(
      fc.property(fc.array(what, { maxLength: 400 }), fc.integer({ min: 1, max: 30 }), (events, frames) => {
        const window = new RecentWindow(0, { ...NO_LIMIT, frames });
        const all = events.map((event, index) => makeFrame(index + 1, ...event));
        all.forEach((frame, index) => {
          window.push(frame);
          expect(window.size).toBeLessThanOrEqual(frames);
          if (index % 7 !== 0) return;
          const pushed = all.slice(0, index + 1);
          for (const seq of [window.start, window.start + 1, Math.floor((window.start + index) / 2), index]) {
            if (seq >= window.start) expect(window.after(seq)).toEqual(owed(pushed, seq));
          }
        });
      }),
    );
  });

  test('keeps to its bytes', () => {
    const bytes = makeFrame(10, 'download_status').bytes.length * 5;
    const window = new RecentWindow(9, { ...NO_LIMIT, bytes });
    for (let seq = 10; seq < 99; seq++) window.push(makeFrame(seq, 'download_status'));
    expect(window.after(window.start).map(({ seq }) => seq)).toEqual([94, 95, 96, 97, 98]);
    expect(window.start).toBe(93);
  });

  test('hands out a slice at a time', () => {
    const window = new RecentWindow(0, NO_LIMIT);
    for (let seq = 1; seq <= 5; seq++) window.push(makeFrame(seq, 'download_status'));
    expect(window.after(1, 2).map(({ seq }) => seq)).toEqual([2, 3]);
    expect(window.after(5)).toEqual([]);
  });

  test('does not grow when one state is replaced for ever', () => {
    const window = new RecentWindow(0, NO_LIMIT);
    window.push(makeFrame(1, 'download_status'));
    for (let seq = 2; seq < 10_000; seq++) window.push(makeFrame(seq));
    expect(window.size).toBe(2);
    expect(window.after(0).map(({ seq }) => seq)).toEqual([1, 9999]);
  });
});
