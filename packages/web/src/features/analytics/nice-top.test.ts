import { expect, it } from 'vitest';
import { niceTop } from './nice-top.ts';

it.each([
  [0, 2],
  [2, 2],
  [3, 4],
  [5, 10],
  [11, 20],
  [21, 40],
  [1_234_567, 2_000_000],
])('%i stands below %i', (max, top) => {
  expect(niceTop(max)).toBe(top);
});
