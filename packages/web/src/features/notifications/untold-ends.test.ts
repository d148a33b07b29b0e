import { expect, it } from 'vitest';
import { UntoldEnds } from './untold-ends.ts';

const notice = { title: 'a.bin', body: 'Finished' };

it('hands out what turns out to be of this browser, once', () => {
  const ends = new UntoldEnds();
  ends.keep('a', notice);
  ends.keep('b', notice);
  expect(ends.take(['x'])).toEqual([]);
  expect(ends.take(['a', 'x'])).toEqual([['a', notice]]);
  expect(ends.take(['a', 'b'])).toEqual([['b', notice]]);
});

it('keeps the newest of many that are of others', () => {
  const ends = new UntoldEnds();
  const ids = Array.from({ length: 30 }, (_, n) => `d${n}`);
  for (const id of ids) ends.keep(id, notice);
  expect(ends.take(ids).map(([id]) => id)).toEqual(ids.slice(10));
});
