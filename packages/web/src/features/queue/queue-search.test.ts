import { expect, it } from 'vitest';
import { aDownload } from '../../fixtures/downloads.ts';
import { matchesQuery } from './matches-query.ts';
import { readQueueSearch } from './queue-search.ts';

it.each([
  [{}, {}],
  [
    { view: 'failed', q: 'iso' },
    { view: 'failed', q: 'iso' },
  ],
  [{ view: 'unfinished' }, {}],
  [{ view: 'nonsense', page: 3 }, {}],
  [{ view: ['failed'], q: { a: 1 } }, {}],
  [{ q: 2026 }, { q: '2026' }],
])('reads %j from the address as %j', (search, expected) => {
  expect(readQueueSearch(search)).toEqual(expected);
});

it.each([
  ['debian', true],
  ['DEBIAN iso', true],
  ['files.example', true],
  [' debian ', true],
  ['debian zip', false],
])('finds by %j: %s', (query, found) => {
  expect(matchesQuery(aDownload('debian'), query)).toBe(found);
});
