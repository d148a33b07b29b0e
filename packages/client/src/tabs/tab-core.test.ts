import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Seen, TabWorld } from '../fixtures/tab-world.ts';

/** Deterministic, so that a failure can be played again. */
function randomOf(seed: number): () => number {
  let state = seed + 1;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Each fact once and in order; what lies before a snapshot or after a reset is not owed. */
function expectGapless(seen: readonly Seen[], facts: number): void {
  let next: number | null = null;
  let last = 0;
  let resets = 0;
  for (const one of seen) {
    if (one.kind === 'reset') {
      next = null;
      resets += 1;
    } else if (one.kind === 'snapshot') {
      next = one.upTo + 1;
      last = Math.max(last, one.upTo);
    } else {
      if (next !== null) expect(one.n).toBe(next);
      expect(one.n).toBeGreaterThan(last);
      last = one.n;
      next = one.n + 1;
    }
  }
  expect(last).toBe(facts);
  expect(resets).toBeLessThanOrEqual(seen.length);
}

const stepArbitrary = fc.record({
  waitMs: fc.oneof(fc.nat(60), fc.nat(3_000)),
  kind: fc.constantFrom('join', 'join', 'leave', 'freeze', 'freeze', 'wake', 'forget', 'crash'),
  pick: fc.nat(50),
});

function play(seed: number, steps: readonly { waitMs: number; kind: string; pick: number }[]): TabWorld {
  const world = new TabWorld(randomOf(seed));
  world.join();
  for (const { waitMs, kind, pick } of steps) {
    world.run(waitMs);
    const living = world.tabs.filter((tab) => tab.life !== 'gone');
    const tab = living[pick % Math.max(1, living.length)];
    if (kind === 'join' && living.length < 6) world.join();
    else if (tab === undefined) continue;
    else if (kind === 'leave') world.leave(tab);
    else if (kind === 'freeze') world.freeze(tab);
    else if (kind === 'wake') world.wake(tab);
    else if (kind === 'forget') world.wake(tab, true);
    else if (kind === 'crash') world.crash(tab);
  }
  for (const tab of world.tabs) world.wake(tab);
  world.run(5_000);
  world.isQuiet = true;
  world.run(3_000);
  return world;
}

// Thousands of simulated minutes, on a machine that may be busy.
describe('tabs that share a stream', { timeout: 120_000 }, () => {
  it('agree on one leader and see each fact once and in order, whatever happens to them', () => {
    fc.assert(
      fc.property(fc.nat(1_000_000), fc.array(stepArbitrary, { maxLength: 25 }), (seed, steps) => {
        const world = play(seed, steps);
        expect(world.longestDispute).toBeLessThanOrEqual(100);
        expect(world.longestVacancy).toBeLessThanOrEqual(2_000);
        const open = world.tabs.filter((tab) => tab.life === 'open');
        expect(world.awakeLeaders).toHaveLength(open.length > 0 ? 1 : 0);
        for (const tab of open) expectGapless(tab.seen, world.facts);
      }),
      { numRuns: 250 },
    );
  });

  it('miss nothing and begin nothing anew when tabs only come, close and crash', () => {
    const calmStep = stepArbitrary.map(({ kind, ...step }) => ({
      ...step,
      kind: kind === 'freeze' || kind === 'wake' || kind === 'forget' ? 'crash' : kind,
    }));
    fc.assert(
      fc.property(fc.nat(1_000_000), fc.array(calmStep, { maxLength: 25 }), (seed, steps) => {
        const world = play(seed, steps);
        expect(world.longestVacancy).toBeLessThanOrEqual(100);
        for (const { seen } of world.tabs) {
          // One that comes while the leader's snapshot is under way begins with a reset.
          const begun = seen.findIndex(({ kind }) => kind === 'fact');
          expect(seen.slice(Math.max(0, begun)).filter(({ kind }) => kind !== 'fact' && begun >= 0)).toEqual([]);
        }
      }),
      { numRuns: 100 },
    );
  });
});
