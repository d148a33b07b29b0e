import { expect, it } from 'vitest';
import { rowsInView } from './use-rows-in-view.ts';

/** A hundred rows of 40 pixels in a window of 400. */
const at = (top: number) => rowsInView(top, 4000, 100, 400);

it('counts the rows that can be seen, in part as well', () => {
  expect(at(0)).toEqual({ first: 0, last: 9 });
  expect(at(100)).toEqual({ first: 0, last: 7 });
  expect(at(-20)).toEqual({ first: 0, last: 10 });
  expect(at(-1000)).toEqual({ first: 25, last: 34 });
  expect(at(-3800)).toEqual({ first: 95, last: 99 });
});

it('sees none of a list that lies above or below, and knows which end is nearer', () => {
  expect(at(401)).toEqual({ first: 0, last: -1 });
  expect(at(-4001)).toEqual({ first: 100, last: 99 });
});

it('takes all for seen where nothing has been laid out', () => {
  expect(rowsInView(0, 0, 3, 400)).toEqual({ first: 0, last: 2 });
});
