import type { Cursor } from '@hermes/contracts';
import { LeaderWatch } from './leader-watch.ts';
import type { LeaderMessage } from './tab-message.ts';
import { CONNECTING, type TabSelf } from './tab-self.ts';
import { TAB_TIMING } from './tab-timing.ts';

/**
 * A tab while another leads, or nobody yet. It is welcomed by the leader from its place in the log, counts the batches
 * since, and asks again when one is missing.
 */
export class TabFollower {
  readonly #self: TabSelf;
  readonly #watch: LeaderWatch;
  /** Welcomed in this term; else since when it is not. */
  #isSynced = false;
  #unsyncedAt: number;
  /** Batches received in this term. */
  #n = 0;
  #helloAt: number;
  #presentAt: number;

  /** @param isNew it was away before, and did not lead. */
  constructor(self: TabSelf, random: () => number, now: number, isNew: boolean) {
    this.#self = self;
    this.#watch = new LeaderWatch(random);
    this.#watch.begin(now);
    this.#unsyncedAt = now;
    this.#helloAt = now;
    this.#presentAt = now;
    self.do({ do: 'request-lock' });
    if (isNew) self.tell(CONNECTING);
    this.#hello(now, isNew);
  }

  /** There is a new leader: what it sends is numbered anew. */
  newTerm(now: number): void {
    this.#unsync(now);
  }

  /** @param message of the present leader */
  hear(message: LeaderMessage, now: number): void {
    const self = this.#self;
    this.#watch.heard(now);
    switch (message.kind) {
      case 'beat':
        this.#watch.hidden(message.hidden, now);
        self.tell(message.connection);
        // What it has not been sent, or has slept through, it would else miss until the next batch.
        if (this.#isSynced && message.n !== this.#n) this.#unsync(now);
        else if (!this.#isSynced && now - this.#helloAt >= TAB_TIMING.hello) this.#hello(now, false);
        return;
      case 'welcome':
        // A hello that was said twice is answered twice, and by whoever leads by then: only the answer that goes on from
        // where this tab is does not begin the stream anew.
        if (message.to !== self.id || this.#isSynced) return;
        if (!isSameCursor(message.cursor, self.log.position)) return;
        this.#isSynced = true;
        this.#n = message.n;
        self.tell(message.connection);
        self.receive(message.events);
        return;
      case 'events':
        // Before it is welcomed a tab does not know what goes before; the welcome brings it.
        if (!this.#isSynced) return;
        if (message.n !== this.#n + 1) {
          this.#unsync(now);
          return;
        }
        this.#n = message.n;
        self.receive(message.events);
        return;
      case 'stale':
    }
  }

  tick(now: number): void {
    if (!this.#isSynced && now - this.#unsyncedAt >= TAB_TIMING.polling) {
      this.#self.tell({ ...CONNECTING, state: 'polling' });
    }
    if (now - this.#presentAt >= TAB_TIMING.presence) this.here(now);
    const verdict = this.#watch.judge(now, !this.#self.isHidden && this.#isSynced);
    if (verdict === 'ask') this.#self.post({ kind: 'ping', from: this.#self.id });
    else if (verdict === 'replace') this.#self.do({ do: 'steal-lock' });
  }

  /** Tells the leader that it is there, and what it wants. */
  here(now: number): void {
    this.#presentAt = now;
    this.#self.post({ kind: 'here', from: this.#self.id, demand: this.#self.demand });
  }

  /** Asks to be brought up to date. */
  #unsync(now: number): void {
    if (this.#isSynced) this.#unsyncedAt = now;
    this.#isSynced = false;
    this.#hello(now, false);
  }

  #hello(now: number, isNew: boolean): void {
    this.#helloAt = now;
    this.#presentAt = now;
    const { id, log, demand } = this.#self;
    this.#self.post({ kind: 'hello', from: id, cursor: log.position, demand, isNew });
  }
}

function isSameCursor(one: Cursor | null, other: Cursor | null): boolean {
  return one?.epoch === other?.epoch && one?.seq === other?.seq;
}
