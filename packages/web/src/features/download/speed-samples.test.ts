import { expect, it } from 'vitest';
import { addSample, roundTop, SPAN_MS, toPoints } from './speed-samples.ts';

it('keeps the speeds of two minutes and draws the newest at the right', () => {
  const samples = addSample(addSample([{ at: 0, speed: 1 }], { at: SPAN_MS / 2, speed: 5 }), {
    at: SPAN_MS + 1,
    speed: 10,
  });
  expect(samples.map(({ speed }) => speed)).toEqual([5, 10]);
  const points = toPoints(samples, SPAN_MS + 1, { width: 100, height: 10, top: 20 });
  expect(points.at(-1)).toEqual({ x: 100, y: 5 });
  expect(points[0]?.x).toBeCloseTo(50, 1);
});

it.each([
  [[], 2],
  [[950_000], 1_000_000],
  [[1_460_000], 2_000_000],
  [[9_900_000], 20_000_000],
])('scales %j to %i', (speeds, top) => {
  expect(roundTop(speeds.map((speed) => ({ at: 0, speed })))).toBe(top);
});
