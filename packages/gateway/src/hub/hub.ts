import type { Cursor } from '@hermes/contracts';
import type { LogEvent } from '@hermes/event-log';
import type { DispatchClock } from './dispatch-clock.ts';
import { Frame } from './frame.ts';
import { Group, type Member } from './group.ts';
import { DEFAULT_WINDOW, RecentWindow, type WindowLimits } from './recent-window.ts';
import { type Subscription, signature } from './subscription.ts';
import { TopicIndex } from './topic-index.ts';

/**
 * Hands every event of the log to the groups that want it. Knows where it stands in the log and keeps the recent past;
 * knows nothing of sockets.
 */
export class Hub {
  readonly #groups = new Map<string, Group>();
  readonly #index = new TopicIndex();
  readonly #dirty = new Set<Group>();
  #flushing = false;
  readonly #windowLimits: WindowLimits;
  readonly #clock: DispatchClock | null;
  #position: Cursor;
  #window: RecentWindow;

  constructor(position: Cursor, windowLimits = DEFAULT_WINDOW, clock: DispatchClock | null = null) {
    this.#position = position;
    this.#windowLimits = windowLimits;
    this.#clock = clock;
    this.#window = new RecentWindow(position.seq, windowLimits);
  }

  /** How many different subscriptions there are. */
  get groupCount(): number {
    return this.#groups.size;
  }

  /** Everything up to here has been handed to the groups. */
  get position(): Cursor {
    return this.#position;
  }

  get window(): RecentWindow {
    return this.#window;
  }

  /** From now on the member gets every batch of the group, until it leaves it. */
  join(subscription: Subscription, member: Member): Group {
    const key = signature(subscription);
    let group = this.#groups.get(key);
    if (group === undefined) {
      group = new Group(subscription, this.#onReady);
      this.#groups.set(key, group);
      this.#index.add(group);
    }
    group.members.add(member);
    return group;
  }

  leave(group: Group, member: Member): void {
    if (!group.members.delete(member) || group.members.size > 0) return;
    group.clear();
    this.#dirty.delete(group);
    this.#groups.delete(signature(group.subscription));
    this.#index.remove(group);
  }

  publish(events: readonly LogEvent[], position: Cursor): void {
    const takenAt = performance.now();
    for (const event of events) {
      const frame = new Frame(position.epoch, event);
      this.#window.push(frame);
      this.#index.eachGroupOf(frame, (group) => group.add(frame));
    }
    this.#position = { epoch: position.epoch, seq: position.seq };
    if (this.#dirty.size > 0) this.#clock?.taken(events, takenAt);
  }

  /** The log cannot be continued: what was not flushed is dropped, and the next events come after `position`. */
  reset(position: Cursor): void {
    for (const group of this.#groups.values()) group.clear();
    this.#dirty.clear();
    this.#position = { epoch: position.epoch, seq: position.seq };
    this.#window = new RecentWindow(position.seq, this.#windowLimits);
  }

  readonly #onReady = (group: Group): void => {
    this.#dirty.add(group);
    if (this.#flushing) return;
    this.#flushing = true;
    // What one turn of the event loop brings is one write.
    setImmediate(() => this.#flush());
  };

  #flush(): void {
    this.#flushing = false;
    const dirty = [...this.#dirty];
    this.#dirty.clear();
    for (const group of dirty) group.flush();
    this.#clock?.flushed();
  }
}
