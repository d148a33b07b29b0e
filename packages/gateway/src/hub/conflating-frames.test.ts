import type { EventName } from '@hermes/contracts';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { makeFrame } from '../testing/frames.ts';
import { ConflatingFrames } from './conflating-frames.ts';
import type { Frame } from './frame.ts';

const what = fc.constantFrom<[EventName, string | null]>(
  ['download_progress', 'a'],
  ['download_progress', 'b'],
  ['queue_stats', null],
  ['download_status', 'a'],
  ['queue_update', 'a'],
  ['system_notification', null],
);
const steps = fc.array(fc.oneof(what, fc.constant('shift' as const)), { maxLength: 200 });

describe('ConflatingFrames', () => {
  test('loses and reorders no fact, keeps the newest of every state, and knows its size', () => {
    fc.assert(
      fc.property(steps, (run) => {
        const queue = new ConflatingFrames();
        const pushed: Frame[] = [];
        const taken: Frame[] = [];
        for (const step of run) {
          if (step === 'shift') {
            const frame = queue.shift();
            if (frame !== undefined) taken.push(frame);
            continue;
          }
          const frame = makeFrame(pushed.length + 1, ...step);
          const replaces = [...queue].some(({ stateKey }) => stateKey !== null && stateKey === frame.stateKey);
          expect(queue.push(frame)).toBe(replaces);
          pushed.push(frame);
          const waiting = [...queue];
          expect(queue.size).toBe(waiting.length);
          expect(queue.bytes).toBe(waiting.reduce((sum, { bytes }) => sum + bytes.length, 0));
        }
        taken.push(...queue.drain());
        expect(queue.size).toBe(0);
        expect(queue.bytes).toBe(0);
        expect(taken.filter(({ stateKey }) => stateKey === null)).toEqual(
          pushed.filter(({ stateKey }) => stateKey === null),
        );
        const seqs = taken.map(({ seq }) => seq);
        expect(seqs).toEqual([...new Set(seqs)].sort((a, b) => a - b));
        for (const key of new Set(pushed.map(({ stateKey }) => stateKey))) {
          if (key === null) continue;
          expect(taken.findLast(({ stateKey }) => stateKey === key)).toBe(
            pushed.findLast(({ stateKey }) => stateKey === key),
          );
        }
      }),
    );
  });
});
