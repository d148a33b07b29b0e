import { streamQuerySchema, TOPICS } from '@hermes/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { covers, type Demand, demandQuery, isSameDemand, unionOf } from './demand.ts';

const ids = (count: number) => Array.from({ length: count }, (_, n) => `d${n}`);
const demand = (progressOf: Demand['progressOf'], topics: Demand['topics'] = ['downloads']): Demand => ({
  topics,
  intervalMs: 0,
  progressOf,
});

describe('the union of what is wanted', () => {
  it('names every download that somebody wants, in an order that does not depend on who came first', () => {
    expect(unionOf([demand(['c', 'a']), demand(['b', 'a'])]).progressOf).toEqual(['a', 'b', 'c']);
    expect(unionOf([demand([]), demand([])]).progressOf).toEqual([]);
  });

  it.each([
    ['somebody wants everybody’s', [demand(['a']), demand(null)]],
    ['somebody does not say whose', [demand(['a']), { topics: ['downloads'] as const, intervalMs: 0 }]],
    ['more are wanted than a stream takes by name', [demand(ids(60)), demand(ids(101))]],
  ])('is everybody’s if %s', (_, demands) => {
    expect(unionOf(demands).progressOf).toBeNull();
  });

  it('does not listen to those who want nothing of downloads', () => {
    expect(unionOf([demand(['a']), demand(null, ['stats']), demand(null, [])]).progressOf).toEqual(['a']);
    expect(unionOf([demand(['a'], ['stats'])]).progressOf).toBeNull();
  });

  const anyDemand = fc.record({
    topics: fc.subarray([...TOPICS]),
    intervalMs: fc.constantFrom(0, 250, 1000),
    progressOf: fc.option(fc.uniqueArray(fc.constantFrom(...ids(130)), { maxLength: 120 })),
  });

  it('covers each of them, whatever they want; and a stream of it is what the server takes', () => {
    fc.assert(
      fc.property(fc.array(anyDemand, { maxLength: 5 }), (demands) => {
        const union = unionOf(demands);
        for (const one of demands) if (one.topics.length > 0) expect(covers(union, one)).toBe(true);
        expect(isSameDemand(unionOf(demands.toReversed()), union)).toBe(true);
        expect(isSameDemand(unionOf([...demands, union]), union)).toBe(true);
        const query = Object.fromEntries(new URLSearchParams(demandQuery(union)));
        const { download_id } = streamQuerySchema.parse(query);
        expect(download_id ?? null).toEqual(union.progressOf);
      }),
    );
  });
});

describe('a stream that is held', () => {
  it.each([
    [['a', 'b'], ['a'], true],
    [['a'], ['a', 'b'], false],
    [['a'], [], true],
    [[], ['a'], false],
    [null, ['a'], true],
    [['a'], null, false],
    [null, null, true],
  ])('of %j brings what is wanted of %j: %s', (held, wanted, expected) => {
    expect(covers(demand(held), demand(wanted))).toBe(expected);
  });

  it('brings what has nothing to do with downloads, whomever it names', () => {
    expect(covers(demand([], ['downloads', 'stats']), demand(null, ['stats']))).toBe(true);
  });
});

it('is another demand if it names others', () => {
  expect(isSameDemand(demand(['a']), demand(['a']))).toBe(true);
  expect(isSameDemand(demand(null), demand(undefined))).toBe(true);
  expect(isSameDemand(demand(null), demand([]))).toBe(false);
  expect(isSameDemand(demand(['a']), demand(['a', 'b']))).toBe(false);
});

it('asks for nobody’s progress in other words than for everybody’s', () => {
  expect(demandQuery(demand(null))).toBe('?channels=downloads');
  expect(demandQuery(demand([]))).toBe('?channels=downloads&download_id=');
  expect(demandQuery({ ...demand(['a', 'b']), intervalMs: 250 })).toBe(
    '?channels=downloads&download_id=a,b&interval_ms=250',
  );
});
