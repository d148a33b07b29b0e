import type { Cursor } from '@hermes/contracts';
import { type Demand, isSameDemand } from '../demand.ts';
import type { StreamEvent } from '../stream-event.ts';
import { TabMembers } from './tab-members.ts';
import type { MemberMessage, Telling } from './tab-message.ts';
import type { TabSelf } from './tab-self.ts';
import { TAB_TIMING } from './tab-timing.ts';

/** A tab while it holds the lock, for one term: it holds the stream, and broadcasts what comes in numbered batches. */
export class TabLeader {
  readonly #self: TabSelf;
  readonly #members = new TabMembers();
  /** What the stream was last asked for; null before that. */
  #wanted: Demand | null = null;
  /** Batches sent, or that would have been if there were members. */
  #n = 0;
  #beatAt: number;

  constructor(self: TabSelf, now: number) {
    this.#self = self;
    this.#beatAt = now;
    // The time makes it greater than that of a leader which this tab has not heard of.
    self.term = { n: Math.max(self.term.n + 1, now), id: self.id };
    this.want();
    self.do({ do: 'open-stream', from: self.log.position });
    this.beat(now);
  }

  /** Asks the stream for what everybody wants. */
  want(): void {
    const wanted = this.#members.demandWith(this.#self.demand);
    if (this.#wanted !== null && isSameDemand(wanted, this.#wanted)) return;
    this.#wanted = wanted;
    this.#self.do({ do: 'want', demand: wanted });
  }

  /** What the stream brought. */
  events(events: StreamEvent[]): void {
    this.#self.receive(events);
    this.#n += 1;
    const { id, term } = this.#self;
    if (this.#members.size > 0) this.#self.post({ kind: 'events', from: id, term, n: this.#n, events });
  }

  /** What the stream says of itself. */
  connection(connection: Telling, now: number): void {
    this.#self.tell(connection);
    if (this.#members.size > 0) this.beat(now);
  }

  hear(message: MemberMessage, now: number): void {
    const self = this.#self;
    switch (message.kind) {
      case 'hello':
        this.#members.set(message.from, message.demand, now);
        this.want();
        this.#welcome(message.from, message.cursor);
        // Somebody has come who may have logged in meanwhile.
        if (message.isNew && self.connection.state === 'off') self.do({ do: 'reconnect-stream' });
        return;
      case 'here':
        this.#members.set(message.from, message.demand, now);
        this.want();
        return;
      case 'bye':
        this.#members.delete(message.from);
        this.want();
        return;
      case 'ping':
        this.beat(now);
        return;
      case 'reconnect':
        self.do({ do: 'reconnect-stream' });
    }
  }

  /** It serves nobody but its own tab. */
  get isAlone(): boolean {
    return this.#members.size === 0;
  }

  tick(now: number): void {
    if (this.#members.prune(now, TAB_TIMING.absence)) this.want();
    if (this.#members.size > 0 && now - this.#beatAt >= TAB_TIMING.beat) this.beat(now);
  }

  beat(now: number): void {
    this.#beatAt = now;
    const { id, term, isHidden, connection } = this.#self;
    this.#self.post({ kind: 'beat', from: id, term, n: this.#n, hidden: isHidden, connection });
  }

  #welcome(to: string, cursor: Cursor | null): void {
    const { id, term, log, connection } = this.#self;
    const events = log.since(cursor);
    this.#self.post({ kind: 'welcome', from: id, to, term, n: this.#n, cursor, events, connection });
  }
}
