// @vitest-environment node
import type { Cursor } from '@hermes/contracts';
import { beforeEach, describe, expect, it } from 'vitest';
import { factEvent, greeting, snapshotEvent } from '../fixtures/simulated-server.ts';
import type { StreamEvent } from '../stream-event.ts';
import { TabCore } from './tab-core.ts';
import type { LeaderMessage, TabMessage } from './tab-message.ts';
import { CONNECTING, type TabEffect } from './tab-self.ts';
import { TAB_TIMING } from './tab-timing.ts';

const NOW = 10_000;
const LIVE = { ...CONNECTING, state: 'live' } as const;
const [OLD, PRESENT, NEXT] = [
  { n: 4, id: 'a' },
  { n: 5, id: 'b' },
  { n: 5, id: 'c' },
];

let tab: TabCore;
beforeEach(() => {
  tab = new TabCore({ id: 'me', random: () => 0.5 });
  tab.open(NOW);
});

const beat = (n: number, term = PRESENT, hidden = false): TabMessage => ({
  kind: 'beat',
  from: term.id,
  term,
  n,
  hidden,
  connection: LIVE,
});
const welcome = (
  n: number,
  events: StreamEvent[],
  { to = 'me', term = PRESENT, cursor = null as Cursor | null } = {},
): LeaderMessage => ({
  kind: 'welcome',
  from: term.id,
  to,
  term,
  n,
  cursor,
  events,
  connection: LIVE,
});
const batch = (n: number, facts: number[], term = PRESENT): TabMessage => ({
  kind: 'events',
  from: term.id,
  term,
  n,
  events: facts.map((seq) => factEvent(seq, seq)),
});
const hear = (message: TabMessage, now = NOW) => tab.message(message, now);
const posted = (effects: TabEffect[]) => effects.flatMap((one) => (one.do === 'post' ? [one.message] : []));
const said = (effects: TabEffect[]) => posted(effects).map(({ kind }) => kind);
const delivered = (effects: TabEffect[]) =>
  effects.flatMap((one) => (one.do === 'deliver' ? [one.event.seq ?? one.event.event] : []));

/** Welcomed at batch 3, with fact 10. */
function sync(): void {
  expect(delivered(hear(welcome(3, [greeting(false, 9), snapshotEvent(9), factEvent(10, 10)])))).toEqual([
    'connected',
    9,
    10,
  ]);
}

describe('a tab that follows', () => {
  it('takes batches one after the other once it is welcomed, and none before', () => {
    expect(hear(batch(1, [1]))).toMatchObject([{ do: 'post', message: { kind: 'hello', cursor: null } }]);
    expect(delivered(hear(batch(2, [2])))).toEqual([]);
    sync();
    expect(delivered(hear(batch(4, [11, 12])))).toEqual([11, 12]);
    expect(delivered(hear(batch(5, [13])))).toEqual([13]);
  });

  it('asks again, from where it is, when a batch is missing', () => {
    sync();
    hear(batch(4, [11]));
    const effects = hear(batch(6, [13]));
    expect(delivered(effects)).toEqual([]);
    expect(posted(effects)).toMatchObject([{ kind: 'hello', cursor: { epoch: 'e', seq: 11 }, isNew: false }]);
    // Nor does it take what follows until it is welcomed.
    expect(delivered(hear(batch(5, [14])))).toEqual([]);
    const events = [greeting(true, 11), factEvent(12, 12), factEvent(13, 13)];
    expect(delivered(hear(welcome(6, events, { cursor: { epoch: 'e', seq: 11 } })))).toEqual(['connected', 12, 13]);
    expect(delivered(hear(batch(7, [14])))).toEqual([14]);
  });

  it('asks again when the leader says that it has sent more, though no batch follows', () => {
    sync();
    expect(said(hear(beat(3)))).toEqual([]);
    expect(posted(hear(beat(8)))).toMatchObject([{ kind: 'hello', cursor: { seq: 10 } }]);
    // Once, and then only if there is no answer.
    expect(said(hear(beat(8), NOW + TAB_TIMING.hello - 1))).toEqual([]);
    expect(said(hear(beat(8), NOW + TAB_TIMING.hello))).toEqual(['hello']);
  });

  it('does not begin anew when it is welcomed twice, or somebody else is', () => {
    expect(delivered(hear(welcome(2, [greeting(false, 9), snapshotEvent(9)], { to: 'other' })))).toEqual([]);
    sync();
    expect(hear(welcome(3, [greeting(false, 9), snapshotEvent(9)])).filter((one) => one.do === 'deliver')).toEqual([]);
    expect(delivered(hear(batch(4, [11])))).toEqual([11]);
  });

  it('does not listen to a leader that has been replaced, and tells it', () => {
    sync();
    // The batch has the number that is due; taken, it would hide the one of the present leader.
    expect(hear(batch(4, [99], OLD))).toEqual([]);
    expect(hear(welcome(9, [factEvent(99, 99)], { term: OLD }))).toEqual([]);
    expect(posted(hear(beat(3, OLD)))).toEqual([{ kind: 'stale', from: 'me', term: PRESENT }]);
    expect(delivered(hear(batch(4, [11])))).toEqual([11]);
  });

  it('asks a new leader to be brought up to date, whatever number that has come to', () => {
    sync();
    const effects = hear(batch(4, [14], NEXT));
    expect(delivered(effects)).toEqual([]);
    expect(posted(effects)).toMatchObject([{ kind: 'hello', cursor: { seq: 10 } }]);
    expect(delivered(hear(batch(4, [11], PRESENT)))).toEqual([]);
    // The new leader answers as well what was asked of the one before, when this tab had seen nothing.
    const anew = [greeting(false, 9), snapshotEvent(9), factEvent(10, 10), factEvent(11, 11)];
    expect(delivered(hear(welcome(4, anew, { term: NEXT })))).toEqual([]);
    const onwards = welcome(4, [greeting(true, 10), factEvent(11, 11)], {
      term: NEXT,
      cursor: { epoch: 'e', seq: 10 },
    });
    expect(delivered(hear(onwards))).toEqual(['connected', 11]);
  });

  it('leads from where it is, under a term of which nobody has heard a greater one', () => {
    sync();
    const effects = tab.granted(NOW);
    expect(effects.filter((one) => one.do === 'open-stream')).toEqual([
      { do: 'open-stream', from: { epoch: 'e', seq: 10 } },
    ]);
    expect(posted(effects)).toMatchObject([{ kind: 'beat', term: { n: NOW, id: 'me' }, n: 0 }]);
    // Its clock is behind that of the last leader.
    const late = new TabCore({ id: 'late', random: () => 0.5 });
    late.open(3);
    late.message(beat(1), 4);
    expect(posted(late.granted(5))).toMatchObject([{ kind: 'beat', term: { n: PRESENT.n + 1, id: 'late' } }]);
  });

  it('asks a silent leader whether it is there, and takes the lock from one that is not', () => {
    sync();
    const asked = NOW + TAB_TIMING.suspect;
    const answered = asked + TAB_TIMING.answer + TAB_TIMING.jitter;
    expect(said(tab.tick(asked))).toEqual(['ping']);
    hear(beat(3), asked + 1);
    expect(tab.tick(answered)).toEqual([]);
    expect(said(tab.tick(answered + TAB_TIMING.suspect))).toEqual(['ping']);
    expect(tab.tick(answered + TAB_TIMING.suspect + 1_000)).toEqual([{ do: 'steal-lock' }]);
    // Another was faster, or took it from us on the way.
    expect(tab.lost(answered + 5_000)).toEqual([{ do: 'request-lock' }]);
  });

  it('takes over from a hidden leader if it is seen itself, and knows all that the leader knows', () => {
    const waits = (now: number) => {
      for (let at = now; at <= now + TAB_TIMING.handOver; at += 500) hear(beat(3, PRESENT, true), at);
      return now + TAB_TIMING.handOver;
    };
    expect(tab.tick(waits(NOW)).filter((one) => one.do === 'steal-lock')).toEqual([]);
    sync();
    tab.hidden(true, NOW);
    expect(tab.tick(waits(NOW + 3_000))).toEqual([]);
    tab.hidden(false, NOW);
    expect(tab.tick(waits(NOW + 6_000))).toEqual([{ do: 'steal-lock' }]);
  });

  it('has data fetched when it has been without a leader for too long, and says that it is there', () => {
    const polls = (now: number) => tab.tick(now).some((one) => one.do === 'connection');
    expect(polls(NOW + TAB_TIMING.polling - 1)).toBe(false);
    // To ask again does not begin the time anew.
    hear(beat(1), NOW + 2_000);
    expect(polls(NOW + TAB_TIMING.polling)).toBe(true);
    sync();
    expect(polls(NOW + 2 * TAB_TIMING.polling)).toBe(false);
    hear(beat(3), NOW + TAB_TIMING.presence);
    expect(said(tab.tick(NOW + TAB_TIMING.presence + TAB_TIMING.polling))).toContain('here');
  });
});
