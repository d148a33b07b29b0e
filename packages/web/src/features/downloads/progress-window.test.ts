import { describe, expect, it } from 'vitest';
import { NOBODY, progressWindow } from './progress-window.ts';

const idAt = (index: number) => (index < 100 ? `d${index}` : undefined);
const ids = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, n) => `d${first + n}`);

describe('the downloads whose progress a list asks for', () => {
  it('are those that are seen and some around them, as far as there are any', () => {
    expect(progressWindow(NOBODY, { first: 0, last: 9 }, idAt)).toEqual(ids(0, 15));
    expect(progressWindow(NOBODY, { first: 40, last: 49 }, idAt)).toEqual(ids(34, 55));
    expect(progressWindow(NOBODY, { first: 95, last: 99 }, idAt)).toEqual(ids(89, 99));
  });

  it('stay the same ones until another is seen', () => {
    const held = progressWindow(NOBODY, { first: 40, last: 49 }, idAt);
    expect(progressWindow(held, { first: 34, last: 43 }, idAt)).toBe(held);
    expect(progressWindow(held, { first: 46, last: 55 }, idAt)).toBe(held);
    expect(progressWindow(held, { first: 47, last: 56 }, idAt)).toEqual(ids(41, 62));
  });

  it('leave out what is over, which costs no other question when it moves on', () => {
    const isOver = (index: number) => (index % 2 === 0 ? null : idAt(index));
    const held = progressWindow(NOBODY, { first: 0, last: 3 }, isOver);
    expect(held).toEqual(['d1', 'd3', 'd5', 'd7', 'd9']);
    expect(progressWindow(held, { first: 6, last: 9 }, isOver)).toBe(held);
  });

  it('are none where nothing is seen, or all of it is over', () => {
    expect(progressWindow(ids(0, 9), { first: 0, last: -1 }, idAt)).toBe(NOBODY);
    expect(progressWindow(ids(0, 9), { first: 0, last: 9 }, () => null)).toBe(NOBODY);
  });
});
