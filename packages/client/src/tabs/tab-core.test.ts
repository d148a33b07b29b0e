// @vitest-environment node
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

/** Each fact once and in order, and states never older ones; what lies before a snapshot or after a reset is not owed. */
function expectGapless(seen: readonly Seen[], { server }: TabWorld): void {
  let next: number | null = null;
  let last = 0;
  let state = 0;
  for (const one of seen) {
    if (one.kind === 'reset') {
      next = null;
    } else if (one.kind === 'snapshot') {
      next = one.upTo + 1;
      last = Math.max(last, one.upTo);
      state = Math.max(state, one.seq);
    } else if (one.kind === 'state') {
      expect(one.seq).toBeGreaterThan(state);
      state = one.seq;
    } else {
      if (next !== null) expect(one.n).toBe(next);
      expect(one.n).toBeGreaterThan(last);
      last = one.n;
      next = one.n + 1;
    }
  }
  expect(last).toBe(server.facts);
  expect(state).toBeGreaterThanOrEqual(server.state);
}

const stepArbitrary = fc.record({
  waitMs: fc.oneof(fc.nat(60), fc.nat(3_000)),
  kind: fc.constantFrom('join', 'join', 'leave', 'freeze', 'freeze', 'wake', 'forget', 'crash', 'depose', 'silence'),
  pick: fc.nat(50),
});
type Step = { waitMs: number; kind: string; pick: number };

function take({ kind, pick }: Step, world: TabWorld): void {
  const living = world.tabs.filter((tab) => tab.life !== 'gone');
  const tab = living[pick % Math.max(1, living.length)];
  const [leader] = world.awakeLeaders;
  world.isQuiet = kind === 'silence';
  if (kind === 'join' && living.length < 6) world.join();
  else if (kind === 'depose' && leader !== undefined) {
    // In the midst of the hand-over one comes, and the next in line may crash.
    world.freeze(leader);
    world.run(900 + (pick % 10) * 50);
    if (living.length < 6) world.join();
    if (pick % 3 === 0) for (const one of world.awakeLeaders) world.crash(one);
    world.wake(leader, pick % 2 === 0);
  } else if (tab === undefined) return;
  else if (kind === 'leave') world.leave(tab);
  else if (kind === 'freeze') world.freeze(tab);
  else if (kind === 'wake') world.wake(tab);
  else if (kind === 'forget') world.wake(tab, true);
  else if (kind === 'crash') world.crash(tab);
}

function play(seed: number, steps: readonly Step[]): TabWorld {
  const world = new TabWorld(randomOf(seed));
  world.join();
  for (const step of steps) {
    world.run(step.waitMs);
    take(step, world);
  }
  // What woke too late must also find out when nothing more happens that would tell it.
  world.isQuiet = seed % 2 === 0;
  for (const [index, tab] of world.tabs.entries()) world.wake(tab, (seed + index) % 3 === 0);
  world.run(5_000);
  world.isQuiet = true;
  world.run(3_000);
  return world;
}

/** A new leader answered what a tab had asked of the one before; the tab had come further by then. */
const ANSWERED_LATE: Step[] = [
  { waitMs: 0, kind: 'join', pick: 0 },
  { waitMs: 1_802, kind: 'join', pick: 0 },
  { waitMs: 4, kind: 'depose', pick: 37 },
];

/** Long enough for a tab that comes to be told where to begin, if it has to ask twice; milliseconds. */
const WELCOME_MS = 1_000;

/** Whoever goes before that takes with it what it was to hand on, and the other begins anew: rightly so. */
function afterWelcomes(steps: readonly Step[]): Step[] {
  let sinceJoin = 0;
  return steps.map((step) => {
    sinceJoin += step.waitMs;
    const missing = step.kind === 'leave' || step.kind === 'crash' ? Math.max(0, WELCOME_MS - sinceJoin) : 0;
    sinceJoin = step.kind === 'join' ? 0 : sinceJoin + missing;
    return { ...step, waitMs: step.waitMs + missing };
  });
}

// Thousands of simulated minutes, on a machine that may be busy.
describe('tabs that share a stream', { timeout: 120_000 }, () => {
  it('agree on one leader and see each fact once and in order, whatever happens to them', () => {
    fc.assert(
      fc.property(fc.nat(1_000_000), fc.array(stepArbitrary, { maxLength: 25 }), (seed, steps) => {
        const world = play(seed, steps);
        expect(world.longestDispute).toBeLessThanOrEqual(350);
        expect(world.longestVacancy).toBeLessThanOrEqual(2_500);
        const open = world.tabs.filter((tab) => tab.life === 'open');
        expect(world.awakeLeaders).toHaveLength(open.length > 0 ? 1 : 0);
        for (const tab of open) expectGapless(tab.seen, world);
      }),
      { numRuns: 500, examples: [[999_997, ANSWERED_LATE]] },
    );
  });

  it('miss nothing and begin nothing anew when tabs only come, close and crash', () => {
    const calmKinds = ['join', 'leave', 'silence'];
    const calmStep = stepArbitrary.map((step) => (calmKinds.includes(step.kind) ? step : { ...step, kind: 'crash' }));
    fc.assert(
      fc.property(fc.nat(1_000_000), fc.array(calmStep, { maxLength: 25 }), (seed, steps) => {
        const world = play(seed, afterWelcomes(steps));
        expect(world.longestVacancy).toBeLessThanOrEqual(350);
        for (const { seen } of world.tabs) {
          // One that comes while the leader's snapshot is under way begins with a reset.
          const begun = seen.findIndex(({ kind }) => kind === 'fact' || kind === 'state');
          const after = begun < 0 ? [] : seen.slice(begun);
          expect(after.filter(({ kind }) => kind === 'snapshot' || kind === 'reset')).toEqual([]);
        }
      }),
      { numRuns: 100 },
    );
  });
});
