import type { StreamEvent } from '@hermes/react';
import { type InspectedEvent, inspect } from './inspected-event.ts';

/** What is older is forgotten. */
export const MAX_ROWS = 2000;

/** What is known of the connection by what it has said since the page was opened. */
export interface ConnectionFacts {
  connectionId: string | null;
  /** Seconds. */
  heartbeatInterval: number | null;
  topics: readonly string[];
  /** The last position that was told. */
  cursor: string | null;
  /** Milliseconds since 1970. */
  lastHeartbeatAt: number | null;
  lastEventAt: number | null;
  /** Streams that have begun. */
  connections: number;
  events: number;
}

export interface EventLogState {
  /** Newest first. */
  rows: readonly InspectedEvent[];
  isPaused: boolean;
  /** How many have come since it was paused. */
  waiting: number;
  facts: ConnectionFacts;
}

const NO_FACTS: ConnectionFacts = {
  connectionId: null,
  heartbeatInterval: null,
  topics: [],
  cursor: null,
  lastHeartbeatAt: null,
  lastEventAt: null,
  connections: 0,
  events: 0,
};

type Schedule = (flush: () => void) => void;

/** The newest of what the stream has said. Those who look are told once a frame, however much comes in one. */
export class EventLog {
  readonly #listeners = new Set<() => void>();
  readonly #schedule: Schedule;
  readonly #maxRows: number;
  #state: EventLogState = { rows: [], isPaused: false, waiting: 0, facts: NO_FACTS };
  #facts: ConnectionFacts = NO_FACTS;
  /** Came, and is not shown yet; oldest first. */
  #pending: InspectedEvent[] = [];
  #isScheduled = false;

  constructor(schedule: Schedule = (flush) => void requestAnimationFrame(flush), maxRows = MAX_ROWS) {
    this.#schedule = schedule;
    this.#maxRows = maxRows;
  }

  get = (): EventLogState => this.#state;

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  add(event: StreamEvent, at: number): void {
    const row = inspect(event, this.#facts.events + 1, at);
    this.#facts = factsAfter(this.#facts, event, row);
    this.#pending.push(row);
    // As much as will ever be shown; twice that before it is cut, so that not every event copies it.
    if (this.#pending.length > this.#maxRows * 2) this.#pending = this.#pending.slice(-this.#maxRows);
    if (this.#state.isPaused) this.#state = { ...this.#state, waiting: this.#state.waiting + 1 };
    this.#flushSoon();
  }

  pause(): void {
    if (this.#state.isPaused) return;
    this.#flush();
    this.#set({ isPaused: true, waiting: 0 });
  }

  resume(): void {
    if (!this.#state.isPaused) return;
    this.#state = { ...this.#state, isPaused: false, waiting: 0 };
    this.#flush();
  }

  /** Forgets the rows; what is known of the connection stays. */
  clear(): void {
    this.#pending = [];
    this.#set({ rows: [], waiting: 0 });
  }

  #flushSoon(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.#schedule(() => {
      this.#isScheduled = false;
      this.#flush();
    });
  }

  #flush(): void {
    if (this.#state.isPaused) {
      this.#set({ facts: this.#facts });
      return;
    }
    const rows = [...this.#pending.reverse(), ...this.#state.rows].slice(0, this.#maxRows);
    this.#pending = [];
    this.#set({ rows, facts: this.#facts });
  }

  #set(change: Partial<EventLogState>): void {
    this.#state = { ...this.#state, ...change };
    for (const listener of [...this.#listeners]) listener();
  }
}

function factsAfter(facts: ConnectionFacts, event: StreamEvent, row: InspectedEvent): ConnectionFacts {
  const next = { ...facts, events: row.n, lastEventAt: row.at, cursor: row.id ?? facts.cursor };
  if (event.event === 'heartbeat') return { ...next, lastHeartbeatAt: row.at };
  if (event.event !== 'connected') return next;
  const { connection_id, heartbeat_interval, topics, cursor } = event.data;
  return {
    ...next,
    connectionId: connection_id,
    heartbeatInterval: heartbeat_interval,
    topics,
    cursor,
    connections: facts.connections + 1,
  };
}
