import type { Cursor } from '@hermes/contracts';
import { type Demand, isSameDemand } from '../demand.ts';
import type { StreamEvent } from '../stream-event.ts';
import { LeaderWatch } from './leader-watch.ts';
import { TabLog } from './tab-log.ts';
import { TabMembers } from './tab-members.ts';
import { compareTerms, type TabMessage, type Telling, type Term } from './tab-message.ts';
import { TAB_TIMING } from './tab-timing.ts';

/** What a tab has to do next, in this order. */
export type TabEffect =
  | { do: 'post'; message: TabMessage }
  | { do: 'deliver'; event: StreamEvent }
  /** What is known of the connection, of its own or by what the leader says. */
  | { do: 'connection'; connection: Telling }
  | { do: 'request-lock' | 'steal-lock' | 'release-lock' | 'close-stream' | 'reconnect-stream' }
  | { do: 'open-stream'; from: Cursor | null }
  | { do: 'want'; demand: Demand };

interface TabCoreOptions {
  /** Unique among the tabs. */
  id: string;
  /** A number in [0, 1). */
  random: () => number;
}

type FromLeader = Extract<TabMessage, { term: Term }>;

const NO_DEMAND: Demand = { topics: [], intervalMs: 0 };
const CONNECTING: Telling = { state: 'connecting', attempts: 0, error: null, notice: null };

/**
 * One tab's part in sharing one stream among the tabs of a browser. It touches nothing: everything that happens is told
 * to it with the time at which it does, and what it answers is to be done.
 *
 * Whoever holds the lock leads: it holds the stream and broadcasts what comes, in numbered batches under its term.
 * The others queue for the lock, so that a tab which closes or crashes is replaced at once; one that is frozen holds on to
 * it, says nothing, and has it stolen. Each tab knows its place in the log. It is welcomed by the leader from there,
 * drops what it has seen, and asks again when a batch is missing: so each fact comes once and in order, or a `reset`
 * says that it cannot.
 */
export class TabCore {
  readonly #id: string;
  readonly #log = new TabLog();
  readonly #members = new TabMembers();
  readonly #watch: LeaderWatch;
  #role: 'away' | 'follower' | 'leader' = 'away';
  #demand: Demand = NO_DEMAND;
  #wanted: Demand = NO_DEMAND;
  #isHidden = false;
  #connection: Telling = { ...CONNECTING, state: 'off' };
  /** The greatest heard of; its id names the leader. */
  #term: Term = { n: 0, id: '' };
  /** Batches sent, or received, in this term. */
  #n = 0;
  /** As a follower: welcomed in this term; else since when it is not. */
  #isSynced = false;
  #unsyncedAt = 0;
  #hellos = 0;
  #helloAt = 0;
  #presentAt = 0;
  #beatAt = 0;
  #effects: TabEffect[] = [];

  constructor({ id, random }: TabCoreOptions) {
    this.#id = id;
    this.#watch = new LeaderWatch(random);
  }

  get role(): 'away' | 'follower' | 'leader' {
    return this.#role;
  }

  /** Joins the tabs that want the stream. */
  open(now: number): TabEffect[] {
    if (this.#role !== 'away') return [];
    this.#follow(now);
    this.#tellSelf(CONNECTING);
    this.#hello(now, true);
    return this.#take();
  }

  /** Leaves them; it keeps its place in the log. */
  close(): TabEffect[] {
    if (this.#role === 'away') return [];
    if (this.#role === 'leader') this.#effects.push({ do: 'close-stream' });
    this.#role = 'away';
    this.#effects.push({ do: 'release-lock' });
    this.#post({ kind: 'bye', from: this.#id });
    this.#tellSelf({ ...CONNECTING, state: 'off' });
    return this.#take();
  }

  demand(demand: Demand, now: number): TabEffect[] {
    if (isSameDemand(demand, this.#demand)) return [];
    this.#demand = demand;
    if (this.#role === 'leader') this.#want();
    else if (this.#role === 'follower') this.#here(now);
    return this.#take();
  }

  /** Whether nobody sees this tab. */
  hidden(isHidden: boolean, now: number): TabEffect[] {
    this.#isHidden = isHidden;
    if (this.#role === 'leader') this.#beat(now);
    return this.#take();
  }

  reconnect(): TabEffect[] {
    if (this.#role === 'leader') this.#effects.push({ do: 'reconnect-stream' });
    else if (this.#role === 'follower') this.#post({ kind: 'reconnect', from: this.#id });
    return this.#take();
  }

  /** The lock is ours. */
  granted(now: number): TabEffect[] {
    if (this.#role === 'away') {
      this.#effects.push({ do: 'release-lock' });
    } else if (this.#role === 'follower') {
      this.#role = 'leader';
      // The time makes it greater than that of a leader which this tab has not heard of.
      this.#term = { n: Math.max(this.#term.n + 1, now), id: this.#id };
      this.#n = 0;
      this.#wanted = NO_DEMAND;
      this.#want();
      this.#effects.push({ do: 'open-stream', from: this.#log.position });
      this.#beat(now);
    }
    return this.#take();
  }

  /** The lock was taken from us. */
  lost(now: number): TabEffect[] {
    if (this.#role === 'leader') this.#stepDown(now, false);
    else if (this.#role === 'follower') this.#effects.push({ do: 'request-lock' });
    return this.#take();
  }

  /** What this tab's own stream brought. */
  streamEvents(events: StreamEvent[]): TabEffect[] {
    if (this.#role !== 'leader') return [];
    this.#receive(events);
    this.#n += 1;
    if (this.#members.size > 0) {
      this.#post({ kind: 'events', from: this.#id, term: this.#term, n: this.#n, events });
    }
    return this.#take();
  }

  /** What this tab's own stream says of itself. */
  streamConnection(connection: Telling, now: number): TabEffect[] {
    if (this.#role !== 'leader') return [];
    this.#tellSelf(connection);
    if (this.#members.size > 0) this.#beat(now);
    return this.#take();
  }

  message(message: TabMessage, now: number): TabEffect[] {
    if (this.#role === 'away') return [];
    if ('term' in message) {
      if (this.#isOfToday(message, now) && this.#role === 'follower') this.#fromLeader(message, now);
    } else if (this.#role === 'leader') {
      this.#fromMember(message, now);
    }
    return this.#take();
  }

  /** To be called every `TAB_TIMING.tick`, as well as that is possible. */
  tick(now: number): TabEffect[] {
    if (this.#role === 'leader') {
      this.#members.prune(now, TAB_TIMING.absence);
      this.#want();
      if (this.#members.size > 0 && now - this.#beatAt >= TAB_TIMING.beat) this.#beat(now);
    } else if (this.#role === 'follower') {
      if (!this.#isSynced && now - this.#unsyncedAt >= TAB_TIMING.polling) {
        this.#tellSelf({ ...CONNECTING, state: 'polling' });
      }
      if (now - this.#presentAt >= TAB_TIMING.presence) this.#here(now);
      const verdict = this.#watch.judge(now, !this.#isHidden && this.#isSynced);
      if (verdict === 'ask') this.#post({ kind: 'ping', from: this.#id });
      else if (verdict === 'replace') this.#effects.push({ do: 'steal-lock' });
    }
    return this.#take();
  }

  /** False for what one says that has been replaced and does not know it yet. */
  #isOfToday({ kind, term }: FromLeader, now: number): boolean {
    const order = compareTerms(term, this.#term);
    if (order < 0) {
      if (kind === 'beat') this.#post({ kind: 'stale', from: this.#id, term: this.#term });
      return false;
    }
    if (order === 0) return true;
    this.#term = term;
    if (this.#role === 'leader') this.#stepDown(now, true);
    else this.#unsync(now);
    return true;
  }

  #fromLeader(message: FromLeader, now: number): void {
    if (message.kind === 'stale') return;
    this.#watch.heard(now);
    switch (message.kind) {
      case 'beat':
        this.#watch.hidden(message.hidden, now);
        this.#tellSelf(message.connection);
        if (this.#isSynced && message.n !== this.#n) this.#unsync(now);
        else if (!this.#isSynced && now - this.#helloAt >= TAB_TIMING.hello) this.#hello(now, false);
        return;
      case 'welcome':
        if (message.to !== this.#id || message.hello !== this.#hellos || this.#isSynced) return;
        this.#isSynced = true;
        this.#n = message.n;
        this.#tellSelf(message.connection);
        this.#receive(message.events);
        return;
      case 'events':
        // Before it is welcomed a tab does not know what goes before; the welcome brings it.
        if (!this.#isSynced || message.n <= this.#n) return;
        if (message.n > this.#n + 1) {
          this.#unsync(now);
          return;
        }
        this.#n = message.n;
        this.#receive(message.events);
    }
  }

  #fromMember(message: Exclude<TabMessage, FromLeader>, now: number): void {
    switch (message.kind) {
      case 'hello':
        this.#members.set(message.from, message.demand, now);
        this.#want();
        this.#welcome(message.from, message.hello, message.cursor);
        // Somebody has come who may have logged in meanwhile.
        if (message.isNew && this.#connection.state === 'off') this.#effects.push({ do: 'reconnect-stream' });
        return;
      case 'here':
        this.#members.set(message.from, message.demand, now);
        this.#want();
        return;
      case 'bye':
        this.#members.delete(message.from);
        this.#want();
        return;
      case 'ping':
        this.#beat(now);
        return;
      case 'reconnect':
        this.#effects.push({ do: 'reconnect-stream' });
    }
  }

  #welcome(to: string, hello: number, cursor: Cursor | null): void {
    this.#post({
      kind: 'welcome',
      from: this.#id,
      to,
      hello,
      term: this.#term,
      n: this.#n,
      events: this.#log.since(cursor),
      connection: this.#connection,
    });
  }

  #stepDown(now: number, holdsLock: boolean): void {
    this.#effects.push({ do: 'close-stream' });
    if (holdsLock) this.#effects.push({ do: 'release-lock' });
    this.#follow(now);
    this.#hello(now, false);
  }

  #follow(now: number): void {
    this.#role = 'follower';
    this.#members.clear();
    this.#isSynced = false;
    this.#unsyncedAt = now;
    this.#watch.begin(now);
    this.#effects.push({ do: 'request-lock' });
  }

  /** This tab has missed something, or there is a new leader: it asks to be brought up to date. */
  #unsync(now: number): void {
    if (this.#isSynced) this.#unsyncedAt = now;
    this.#isSynced = false;
    this.#hello(now, false);
  }

  #hello(now: number, isNew: boolean): void {
    this.#helloAt = now;
    this.#presentAt = now;
    this.#hellos += 1;
    const [cursor, hello] = [this.#log.position, this.#hellos];
    this.#post({ kind: 'hello', from: this.#id, cursor, demand: this.#demand, isNew, hello });
  }

  #here(now: number): void {
    this.#presentAt = now;
    this.#post({ kind: 'here', from: this.#id, demand: this.#demand });
  }

  #beat(now: number): void {
    this.#beatAt = now;
    this.#post({
      kind: 'beat',
      from: this.#id,
      term: this.#term,
      n: this.#n,
      hidden: this.#isHidden,
      connection: this.#connection,
    });
  }

  /** Asks the stream for what everybody wants. */
  #want(): void {
    const wanted = this.#members.demandWith(this.#demand);
    if (isSameDemand(wanted, this.#wanted)) return;
    this.#wanted = wanted;
    this.#effects.push({ do: 'want', demand: wanted });
  }

  #receive(events: readonly StreamEvent[]): void {
    for (const event of events) {
      for (const news of this.#log.take(event)) this.#effects.push({ do: 'deliver', event: news });
    }
  }

  #tellSelf(connection: Telling): void {
    this.#connection = connection;
    this.#effects.push({ do: 'connection', connection });
  }

  #post(message: TabMessage): void {
    this.#effects.push({ do: 'post', message });
  }

  #take(): TabEffect[] {
    const effects = this.#effects;
    this.#effects = [];
    return effects;
  }
}
