import type { LogEvent } from '@hermes/client';
import { expect, it } from 'vitest';
import { makeProgress, makeStatusEvent } from '../../client/src/fixtures/downloads.ts';
import { EventRing, type Missed } from './event-ring.ts';

const epoch = 'e1';
const fact = (seq: number, status: 'downloading' | 'completed' = 'downloading'): LogEvent => ({
  event: 'download_status',
  data: makeStatusEvent('queued', { seq, status }),
  seq,
  epoch,
});
const state = (seq: number): LogEvent => ({
  event: 'download_progress',
  data: makeProgress({ progress: 1 }),
  seq,
  epoch,
});
const seqs = ({ events }: Missed) => events.map((event) => event.seq);

it('has nothing to add before the stream has begun', () => {
  expect(new EventRing().after({ epoch, seq: 5 })).toEqual({ events: [], isWhole: true });
});

it('holds every fact and the newest of each state, in order', () => {
  const ring = new EventRing();
  ring.restart({ epoch, seq: 0 });
  for (const event of [fact(1), state(2), fact(3), state(4)]) ring.push(event);
  expect(seqs(ring.after({ epoch, seq: 0 }))).toEqual([1, 3, 4]);
  expect(seqs(ring.after({ epoch, seq: 3 }))).toEqual([4]);
  ring.push(fact(5, 'completed'));
  expect(seqs(ring.after({ epoch, seq: 3 }))).toEqual([5]);
});

it('cannot tell what came before it began, in another epoch, or without a position', () => {
  const ring = new EventRing();
  ring.restart({ epoch, seq: 10 });
  ring.push(fact(11));
  expect(ring.after({ epoch, seq: 9 })).toMatchObject({ events: [{ seq: 11 }], isWhole: false });
  expect(ring.after({ epoch: 'e2', seq: 9 })).toEqual({ events: [], isWhole: false });
  expect(ring.after(null)).toEqual({ events: [], isWhole: false });
  expect(ring.after({ epoch, seq: 10 })).toMatchObject({ events: [{ seq: 11 }], isWhole: true });
});

it('is bounded, and knows what it has let go of', () => {
  const ring = new EventRing();
  ring.restart({ epoch, seq: 0 });
  for (let seq = 1; seq <= 10_000; seq += 1) ring.push(fact(seq));
  expect(ring.after({ epoch, seq: 0 }).isWhole).toBe(false);
  const { events, isWhole } = ring.after({ epoch, seq: 8_500 });
  expect(isWhole).toBe(true);
  expect(events).toHaveLength(1_500);
  expect(events[0]?.seq).toBe(8_501);
  // Those it holds begin right after what it says it has let go of.
  const oldest = ring.after({ epoch, seq: 0 }).events[0]?.seq ?? 0;
  expect(ring.after({ epoch, seq: oldest - 1 }).isWhole).toBe(true);
  expect(ring.after({ epoch, seq: oldest - 2 }).isWhole).toBe(false);
});
