// @vitest-environment node
import { beforeEach, describe, expect, it } from 'vitest';
import type { Demand } from '../demand.ts';
import { factEvent, greeting, snapshotEvent } from '../fixtures/simulated-server.ts';
import { TabCore } from './tab-core.ts';
import type { TabMessage } from './tab-message.ts';
import { CONNECTING, OFF, type TabEffect } from './tab-self.ts';
import { TAB_TIMING } from './tab-timing.ts';

const NOW = 10_000;
const LIVE = { ...CONNECTING, state: 'live' } as const;
const SYSTEM: Demand = { topics: ['system'], intervalMs: 0, progressOf: null };
const BOTH: Demand = { topics: ['system', 'storage'], intervalMs: 0, progressOf: null };
const STORAGE: Demand = { topics: ['storage'], intervalMs: 0, progressOf: null };

let tab: TabCore;
beforeEach(() => {
  tab = new TabCore({ id: 'me', random: () => 0.5 });
  tab.demand(SYSTEM, NOW);
  tab.open(NOW);
  tab.granted(NOW);
  tab.streamConnection(LIVE, NOW);
  tab.streamEvents([greeting(false, 9), snapshotEvent(9)]);
});

const hello = (seq: number | null, demand = SYSTEM, isNew = true): TabMessage => ({
  kind: 'hello',
  from: 'other',
  cursor: seq === null ? null : { epoch: 'e', seq },
  demand,
  isNew,
});
const hear = (message: TabMessage, now = NOW) => tab.message(message, now);
const posted = (effects: TabEffect[]) => effects.flatMap((one) => (one.do === 'post' ? [one.message] : []));
const done = (effects: TabEffect[]) => effects.map((one) => (one.do === 'post' ? one.message.kind : one.do));
const wanted = (effects: TabEffect[]) => effects.flatMap((one) => (one.do === 'want' ? [one.demand] : []));

describe('a tab that leads', () => {
  it('counts batches also while nobody listens, and begins a tab where that is', () => {
    expect(posted(tab.streamEvents([factEvent(10, 10)]))).toEqual([]);
    const [welcome] = posted(hear(hello(9)));
    expect(welcome).toMatchObject({ kind: 'welcome', to: 'other', n: 2, connection: LIVE });
    const events = welcome?.kind === 'welcome' ? welcome.events : [];
    expect(events.map(({ event, seq }) => seq ?? event)).toEqual(['connected', 10, 10]);
    expect(posted(tab.streamEvents([factEvent(11, 11)]))).toMatchObject([{ kind: 'events', n: 3 }]);
  });

  it('needs no time of day while it is alone, and any other tab does', () => {
    expect(tab.needsTicks).toBe(false);
    hear(hello(9));
    expect(tab.needsTicks).toBe(true);
    hear({ kind: 'bye', from: 'other' });
    expect(tab.needsTicks).toBe(false);
    const other = new TabCore({ id: 'other', random: () => 0.5 });
    expect(other.needsTicks).toBe(false);
    other.open(NOW);
    expect(other.needsTicks).toBe(true);
    tab.close();
    expect(tab.needsTicks).toBe(false);
  });

  it('asks the stream for what all want, and for less when one goes or is not heard of any more', () => {
    expect(wanted(hear(hello(null, STORAGE)))).toEqual([BOTH]);
    expect(wanted(hear({ kind: 'here', from: 'other', demand: SYSTEM }))).toEqual([SYSTEM]);
    expect(wanted(hear({ kind: 'here', from: 'third', demand: STORAGE }, NOW + 1_000))).toEqual([BOTH]);
    expect(wanted(tab.tick(NOW + TAB_TIMING.absence + 1))).toEqual([]);
    expect(wanted(tab.tick(NOW + TAB_TIMING.absence + 1_001))).toEqual([SYSTEM]);
    hear(hello(null, STORAGE));
    expect(wanted(hear({ kind: 'bye', from: 'other' }))).toEqual([SYSTEM]);
    expect(wanted(tab.demand(STORAGE, NOW))).toEqual([STORAGE]);
  });

  it('asks for the progress that any of them wants, and for everybody’s as soon as one wants that', () => {
    const rows = (...progressOf: string[]): Demand => ({ topics: ['downloads'], intervalMs: 0, progressOf });
    tab.demand(rows('b', 'c'), NOW);
    expect(wanted(hear(hello(null, rows('a', 'c'))))).toEqual([rows('a', 'b', 'c')]);
    expect(wanted(tab.demand(rows('c'), NOW))).toEqual([rows('a', 'c')]);
    const everybody: Demand = { topics: ['downloads'], intervalMs: 0, progressOf: null };
    expect(wanted(hear({ kind: 'here', from: 'third', demand: everybody }))).toEqual([everybody]);
    expect(wanted(hear({ kind: 'bye', from: 'third' }))).toEqual([rows('a', 'c')]);
    expect(wanted(hear({ kind: 'bye', from: 'other' }))).toEqual([rows('c')]);
  });

  it('is heard of regularly, when asked, and when something about it changes', () => {
    expect(tab.tick(NOW + TAB_TIMING.beat)).toEqual([]);
    hear(hello(null));
    expect(done(tab.tick(NOW + TAB_TIMING.beat))).toEqual(['beat']);
    expect(tab.tick(NOW + TAB_TIMING.beat + 1)).toEqual([]);
    expect(done(hear({ kind: 'ping', from: 'other' }))).toEqual(['beat']);
    expect(posted(tab.hidden(true, NOW))).toMatchObject([{ kind: 'beat', hidden: true }]);
    expect(posted(tab.streamConnection(OFF, NOW))).toMatchObject([{ kind: 'beat', connection: OFF }]);
  });

  it('tries a refused stream again for a tab that is new, and when somebody asks for it', () => {
    expect(done(hear(hello(null)))).toEqual(['welcome']);
    tab.streamConnection(OFF, NOW);
    expect(done(hear(hello(null, SYSTEM, false)))).toEqual(['welcome']);
    expect(done(hear(hello(null)))).toEqual(['welcome', 'reconnect-stream']);
    expect(done(hear({ kind: 'reconnect', from: 'other' }))).toEqual(['reconnect-stream']);
  });

  it('gives way to a later leader at once, also if the lock has not been taken from it yet', () => {
    const beat: TabMessage = {
      kind: 'beat',
      from: 'next',
      term: { n: NOW + 1, id: 'next' },
      n: 0,
      hidden: false,
      connection: LIVE,
    };
    const effects = hear(beat);
    expect(done(effects)).toEqual(['close-stream', 'release-lock', 'request-lock', 'hello', 'connection']);
    expect(posted(effects)).toMatchObject([{ kind: 'hello', cursor: { epoch: 'e', seq: 9 }, isNew: false }]);
    expect(tab.role).toBe('follower');
    expect(tab.streamEvents([factEvent(10, 10)])).toEqual([]);
  });

  it('gives way to one that took over in the same millisecond, or not, but never both', () => {
    const beatOf = (id: string): TabMessage => ({
      kind: 'beat',
      from: id,
      term: { n: NOW, id },
      n: 0,
      hidden: false,
      connection: LIVE,
    });
    expect(done(hear(beatOf('a')))).toEqual(['stale']);
    expect(tab.role).toBe('leader');
    hear(beatOf('z'));
    expect(tab.role).toBe('follower');
  });

  it('leads under a greater term after it was told that its own is not the greatest', () => {
    expect(done(hear({ kind: 'stale', from: 'other', term: { n: NOW + 50, id: 'gone' } }))).toContain('release-lock');
    expect(posted(tab.granted(NOW + 10))).toMatchObject([{ kind: 'beat', term: { n: NOW + 51, id: 'me' } }]);
  });

  it('carries nothing over into its next term', () => {
    hear(hello(null, STORAGE));
    tab.lost(NOW + 10);
    const effects = tab.granted(NOW + 20);
    expect(wanted(effects)).toEqual([SYSTEM]);
    expect(posted(effects)).toMatchObject([{ kind: 'beat', n: 0, term: { n: NOW + 20 } }]);
    expect(posted(tab.streamEvents([factEvent(10, 10)]))).toEqual([]);
  });

  it('lets go of all when it closes, and of a lock that comes too late', () => {
    expect(done(tab.close())).toEqual(['close-stream', 'release-lock', 'bye', 'connection']);
    expect(done(tab.granted(NOW))).toEqual(['release-lock']);
    expect(hear(hello(null))).toEqual([]);
    expect(tab.close()).toEqual([]);
  });
});
