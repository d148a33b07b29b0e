import { type Demand, isSameDemand } from '../demand.ts';
import type { StreamEvent } from '../stream-event.ts';
import { TabFollower } from './tab-follower.ts';
import { TabLeader } from './tab-leader.ts';
import { compareTerms, type LeaderMessage, type TabMessage, type Telling } from './tab-message.ts';
import { OFF, type TabEffect, TabSelf } from './tab-self.ts';

interface TabCoreOptions {
  /** Unique among the tabs. */
  id: string;
  /** A number in [0, 1). */
  random: () => number;
}

/**
 * One tab's part in sharing one stream among the tabs of a browser. It touches nothing: everything that happens is told
 * to it with the time at which it does, and what it answers is to be done.
 *
 * Whoever holds the lock leads: it holds the stream and broadcasts what comes, in numbered batches under its term.
 * The others queue for the lock, so that a tab which closes or crashes is replaced at once; one that is frozen holds on to
 * it, says nothing, and has it stolen. Each tab knows its place in the log. It is welcomed by the leader from there,
 * drops what it has seen, and asks again when a batch is missing: so each fact comes once and in order, or a `reset`
 * says that it cannot. It rests on this: what one tab posts reaches another in the order in which it was posted.
 */
export class TabCore {
  readonly #self: TabSelf;
  readonly #random: () => number;
  /** null: away. */
  #part: TabFollower | TabLeader | null = null;

  constructor({ id, random }: TabCoreOptions) {
    this.#self = new TabSelf(id);
    this.#random = random;
  }

  get role(): 'away' | 'follower' | 'leader' {
    if (this.#part === null) return 'away';
    return this.#part instanceof TabLeader ? 'leader' : 'follower';
  }

  /** Joins the tabs that want the stream. */
  open(now: number): TabEffect[] {
    this.#part ??= this.#follow(now, true);
    return this.#self.takeEffects();
  }

  /** Leaves them; it keeps its place in the log. */
  close(): TabEffect[] {
    if (this.#part === null) return [];
    if (this.#part instanceof TabLeader) this.#self.do({ do: 'close-stream' });
    this.#part = null;
    this.#self.do({ do: 'release-lock' });
    this.#self.post({ kind: 'bye', from: this.#self.id });
    this.#self.tell(OFF);
    return this.#self.takeEffects();
  }

  demand(demand: Demand, now: number): TabEffect[] {
    if (isSameDemand(demand, this.#self.demand)) return [];
    this.#self.demand = demand;
    if (this.#part instanceof TabLeader) this.#part.want();
    else this.#part?.here(now);
    return this.#self.takeEffects();
  }

  /** Whether nobody sees this tab. */
  hidden(isHidden: boolean, now: number): TabEffect[] {
    this.#self.isHidden = isHidden;
    if (this.#part instanceof TabLeader) this.#part.beat(now);
    return this.#self.takeEffects();
  }

  reconnect(): TabEffect[] {
    if (this.#part instanceof TabLeader) this.#self.do({ do: 'reconnect-stream' });
    else if (this.#part !== null) this.#self.post({ kind: 'reconnect', from: this.#self.id });
    return this.#self.takeEffects();
  }

  /** The lock is ours. */
  granted(now: number): TabEffect[] {
    if (this.#part === null) this.#self.do({ do: 'release-lock' });
    else if (this.#part instanceof TabFollower) this.#part = new TabLeader(this.#self, now);
    return this.#self.takeEffects();
  }

  /** The lock was taken from us. */
  lost(now: number): TabEffect[] {
    if (this.#part instanceof TabLeader) this.#stepDown(now);
    else if (this.#part !== null) this.#self.do({ do: 'request-lock' });
    return this.#self.takeEffects();
  }

  /** What this tab's own stream brought. */
  streamEvents(events: StreamEvent[]): TabEffect[] {
    if (this.#part instanceof TabLeader) this.#part.events(events);
    return this.#self.takeEffects();
  }

  /** What this tab's own stream says of itself. */
  streamConnection(connection: Telling, now: number): TabEffect[] {
    if (this.#part instanceof TabLeader) this.#part.connection(connection, now);
    return this.#self.takeEffects();
  }

  message(message: TabMessage, now: number): TabEffect[] {
    if (this.#part === null) return [];
    if ('term' in message) this.#hearLeader(message, now);
    else if (this.#part instanceof TabLeader) this.#part.hear(message, now);
    return this.#self.takeEffects();
  }

  /** Whether time brings anything about: for a leader without followers it does not. */
  get needsTicks(): boolean {
    return this.#part !== null && !(this.#part instanceof TabLeader && this.#part.isAlone);
  }

  /** To be called every `TAB_TIMING.tick` while that is needed, as well as that is possible. */
  tick(now: number): TabEffect[] {
    this.#part?.tick(now);
    return this.#self.takeEffects();
  }

  #hearLeader(message: LeaderMessage, now: number): void {
    const { id, term } = this.#self;
    const order = compareTerms(message.term, term);
    if (order < 0) {
      // It has been replaced and does not know it yet; or its clock was set back, and it needs a greater term.
      if (message.kind === 'beat') this.#self.post({ kind: 'stale', from: id, term });
      return;
    }
    if (order > 0) {
      this.#self.term = message.term;
      if (this.#part instanceof TabLeader) this.#stepDown(now);
      else this.#part?.newTerm(now);
    }
    if (this.#part instanceof TabFollower) this.#part.hear(message, now);
  }

  #stepDown(now: number): void {
    this.#self.do({ do: 'close-stream' });
    this.#self.do({ do: 'release-lock' });
    this.#part = this.#follow(now, false);
  }

  #follow(now: number, isNew: boolean): TabFollower {
    return new TabFollower(this.#self, this.#random, now, isNew);
  }
}
