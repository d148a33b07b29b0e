import { EVENTS, type EventName, TICK_ARRIVAL_MS, TOPICS } from '@hermes/contracts';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { makeFrame, makeLogEvent, makeSubscription } from '../testing/frames.ts';
import type { Frame } from './frame.ts';
import { type Batch, Group, type Member } from './group.ts';
import { Hub } from './hub.ts';
import { matches } from './subscription.ts';
import { TopicIndex } from './topic-index.ts';

class Recorder implements Member {
  readonly batches: Batch[] = [];
  deliver(batch: Batch): void {
    this.batches.push(batch);
  }
  get seqs(): number[] {
    return this.batches.flatMap(({ frames }) => frames.map(({ seq }) => seq));
  }
}

function publish(hub: Hub, seq: number, event: EventName = 'download_progress', key: string | null = 'one'): void {
  hub.publish([makeLogEvent(seq, event, key)], { epoch: 'e', seq });
}

describe('Hub', () => {
  beforeEach(() => void vi.useFakeTimers({ now: 0 }));
  afterEach(() => void vi.useRealTimers());

  test('what one turn of the event loop brings is one batch, shared by all who want the same', () => {
    const hub = new Hub({ epoch: 'e', seq: 0 });
    const [one, two] = [new Recorder(), new Recorder()];
    hub.join(makeSubscription(), one);
    hub.join(makeSubscription({ topics: [...TOPICS].reverse() }), two);
    for (let seq = 1; seq <= 3; seq++) publish(hub, seq);
    expect(one.batches).toEqual([]);
    vi.runAllTimers();
    expect(one.seqs).toEqual([1, 2, 3]);
    expect(one.batches).toHaveLength(1);
    expect(two.batches[0]).toBe(one.batches[0]);
    expect(one.batches[0]?.chunk.bytes).toEqual(
      Buffer.concat((one.batches[0]?.frames ?? []).map(({ bytes }) => bytes)),
    );
  });

  test('drops on reset what was not delivered, and begins a new window', () => {
    const hub = new Hub({ epoch: 'e', seq: 0 });
    const member = new Recorder();
    hub.join(makeSubscription({ intervalMs: 250 }), member);
    publish(hub, 1);
    publish(hub, 2, 'download_status');
    hub.reset({ epoch: 'f', seq: 0 });
    vi.runAllTimers();
    expect(member.seqs).toEqual([]);
    expect(hub.position).toEqual({ epoch: 'f', seq: 0 });
    expect(hub.window.after(0)).toEqual([]);
  });

  test('keeps nothing of a group whose last member has left', () => {
    const hub = new Hub({ epoch: 'e', seq: 0 });
    const member = new Recorder();
    const groups = [0, 250].map((intervalMs) => hub.join(makeSubscription({ intervalMs }), member));
    publish(hub, 1);
    for (const group of groups) hub.leave(group, member);
    for (const group of groups) hub.leave(group, member);
    expect(hub.groupCount).toBe(0);
    vi.runAllTimers();
    expect(member.seqs).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
    const again = new Recorder();
    hub.join(makeSubscription(), again);
    publish(hub, 2);
    vi.runAllTimers();
    expect(again.seqs).toEqual([2]);
  });
});

describe('Group with an interval', () => {
  beforeEach(() => void vi.useFakeTimers({ now: 100 }));
  afterEach(() => void vi.useRealTimers());

  function start(): { hub: Hub; member: Recorder; group: Group } {
    const hub = new Hub({ epoch: 'e', seq: 0 });
    const member = new Recorder();
    const group = hub.join(makeSubscription({ intervalMs: 500 }), member);
    return { hub, member, group };
  }

  test('sends the newest of each state when a tick of the clock has brought it', () => {
    const { hub, member, group } = start();
    for (let seq = 1; seq <= 10; seq++) publish(hub, seq, 'download_progress', seq % 2 === 0 ? 'even' : 'odd');
    expect(group.isSettled).toBe(false);
    vi.advanceTimersByTime(400 + TICK_ARRIVAL_MS - 1);
    expect(member.seqs).toEqual([]);
    // On its way since the tick.
    publish(hub, 11, 'download_progress', 'odd');
    vi.advanceTimersByTime(2);
    expect(member.seqs).toEqual([10, 11]);
    expect(group.isSettled).toBe(true);
    publish(hub, 12);
    vi.advanceTimersByTime(498);
    expect(member.seqs).toEqual([10, 11]);
    vi.advanceTimersByTime(2);
    expect(member.seqs).toEqual([10, 11, 12]);
  });

  test('sends a fact at once, and what waits ahead of it', () => {
    const { hub, member } = start();
    publish(hub, 1, 'download_progress', 'a');
    publish(hub, 2, 'download_progress', 'b');
    publish(hub, 3, 'download_status', 'a');
    vi.advanceTimersByTime(0);
    expect(member.seqs).toEqual([1, 2, 3]);
    vi.advanceTimersByTime(2000);
    expect(member.seqs).toEqual([1, 2, 3]);
  });
});

test('the index finds exactly the groups that an event concerns, and forgets those that go', () => {
  const id = fc.constantFrom('a', 'b', 'c');
  const subscription = fc.record({
    topics: fc.uniqueArray(fc.constantFrom(...TOPICS)),
    download: fc.option(id),
    progressOf: fc.option(fc.uniqueArray(id)),
    queueStatus: fc.option(fc.uniqueArray(fc.constantFrom('queued' as const, 'completed' as const))),
    intervalMs: fc.constant(0),
  });
  const event = fc.constantFrom(...(Object.keys(EVENTS) as EventName[]));
  fc.assert(
    fc.property(fc.array(subscription, { maxLength: 8 }), event, id, (subscriptions, name, key) => {
      const index = new TopicIndex();
      const groups = subscriptions.map(
        (each) => new Group(each.download === null ? each : { ...each, topics: ['downloads'] }, () => {}),
      );
      for (const group of groups) index.add(group);
      const frame = makeFrame(1, name, key);
      const expected = groups.filter((group) => matches(group.subscription, frame));
      const found = groupsOf(index, frame);
      expect(new Set(found)).toEqual(new Set(expected));
      expect(found).toHaveLength(expected.length);
      for (const group of groups) index.remove(group);
      expect(groupsOf(index, frame)).toEqual([]);
    }),
  );
});

function groupsOf(index: TopicIndex, frame: Frame): Group[] {
  const groups: Group[] = [];
  index.eachGroupOf(frame, (group) => groups.push(group));
  return groups;
}
