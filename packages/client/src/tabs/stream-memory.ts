import { type Cursor, formatCursor, isFact, isFinalStatus, parseCursor, type Topic } from '@hermes/contracts';
import { type ControlEvent, isLogEvent, type LogEvent, type StreamEvent, stateKey } from '../stream-event.ts';

type EventOf<Name extends ControlEvent['event']> = Extract<ControlEvent, { event: Name }>;

/** Past twice as many, half of them are forgotten. */
const MAX_FACTS = 500;

/**
 * What a tab remembers of the stream, so that it can begin another tab's as the server would: the snapshot, every fact
 * since, and the newest of each state.
 */
export class StreamMemory {
  #connected: EventOf<'connected'> | null = null;
  /** Complete, or empty. */
  #snapshot: EventOf<'snapshot'>[] = [];
  #pages: EventOf<'snapshot'>[] = [];
  /** What happened after here is held; null before that can be told. */
  #start: Cursor | null = null;
  #end: Cursor | null = null;
  #facts: LogEvent[] = [];
  readonly #states = new Map<string, LogEvent>();
  readonly #maxFacts: number;

  constructor(maxFacts = MAX_FACTS) {
    this.#maxFacts = maxFacts;
  }

  take(event: StreamEvent): void {
    if (event.event === 'connected') this.#connect(event);
    else if (event.event === 'reset') this.#clear(null);
    else if (event.event === 'snapshot') this.#takePage(event);
    else this.#takePosition(event);
  }

  #takePosition(event: StreamEvent): void {
    const position = positionOf(event);
    if (position === null) return;
    this.#start ??= { epoch: position.epoch, seq: position.seq - 1 };
    this.#end = position;
    if (isLogEvent(event)) this.#remember(event);
  }

  /** How the stream begins for a tab that has come as far as `cursor`; nothing before it has begun here. */
  since(cursor: Cursor | null): StreamEvent[] {
    const connected = this.#connected;
    if (connected === null) return [];
    const start = this.#start;
    if (cursor !== null && start?.epoch === cursor.epoch && cursor.seq >= start.seq) {
      return [greeting(connected, true, cursor), ...this.#after(cursor.seq), ...this.#position(connected)];
    }
    // A tab that knew something, or that no snapshot can be given, must ask for what it shows.
    const reset = cursor !== null || this.#snapshot.length === 0 ? [RESET] : [];
    const from = start ?? parseCursor(connected.data.cursor) ?? { epoch: '0', seq: 0 };
    return [
      greeting(connected, false, from),
      ...reset,
      ...this.#snapshot,
      ...this.#after(from.seq),
      ...this.#position(connected),
    ];
  }

  #connect(event: EventOf<'connected'>): void {
    const before = this.#connected?.data.topics ?? [];
    this.#connected = event;
    if (!event.data.recovered) this.#clear(parseCursor(event.data.cursor));
    // Of a topic that is new nothing is held from before.
    else if (!isWithin(event.data.topics, before)) this.#clear(this.#end ?? parseCursor(event.data.cursor));
  }

  #clear(start: Cursor | null): void {
    this.#start = start;
    this.#end = start;
    this.#snapshot = [];
    this.#pages = [];
    this.#facts = [];
    this.#states.clear();
  }

  #takePage(event: EventOf<'snapshot'>): void {
    if (event.data.page === 1) this.#pages = [];
    // Of a snapshot that was under way when this tab came, the beginning is missing.
    if (event.data.page === this.#pages.length + 1) this.#pages.push(event);
    if (!event.data.last) return;
    const pages = this.#pages.length === event.data.page ? this.#pages : [];
    const position = positionOf(event);
    if (position !== null) this.#clear(position);
    this.#snapshot = pages;
  }

  #remember(event: LogEvent): void {
    if (!isFact(event.event)) {
      this.#states.set(stateKey(event), event);
      return;
    }
    this.#facts.push(event);
    // Nothing follows what is final.
    if (event.event === 'download_status' && isFinalStatus(event.data.status)) {
      this.#states.delete(`download_progress ${event.data.download_id}`);
    }
    if (this.#facts.length <= this.#maxFacts * 2) return;
    const forgotten = this.#facts.at(-this.#maxFacts - 1);
    this.#facts = this.#facts.slice(-this.#maxFacts);
    if (forgotten) this.#start = { epoch: forgotten.epoch, seq: forgotten.seq };
    this.#snapshot = [];
  }

  #after(seq: number): LogEvent[] {
    return [...this.#facts, ...this.#states.values()].filter((event) => event.seq > seq).sort((a, b) => a.seq - b.seq);
  }

  /** Says how far the stream has come, which the last event need not. */
  #position(connected: EventOf<'connected'>): StreamEvent[] {
    const end = this.#end;
    if (end === null) return [];
    return [{ event: 'heartbeat', data: { server_time: connected.data.server_time }, seq: end.seq, epoch: end.epoch }];
  }
}

export const RESET: EventOf<'reset'> = { event: 'reset', data: { reason: 'overflow' }, seq: null, epoch: null };

function greeting(connected: EventOf<'connected'>, recovered: boolean, cursor: Cursor): EventOf<'connected'> {
  return { ...connected, data: { ...connected.data, recovered, cursor: formatCursor(cursor) } };
}

function positionOf({ epoch, seq }: StreamEvent): Cursor | null {
  return epoch === null || seq === null ? null : { epoch, seq };
}

function isWithin(topics: readonly Topic[], others: readonly Topic[]): boolean {
  return topics.every((topic) => others.includes(topic));
}
