import type { Cursor, SystemNotification } from '@hermes/contracts';
import type { HermesApiError } from './api-error.ts';
import { ConnectionStore, type ReadonlyConnection } from './connection-state.ts';
import { StreamCursor } from './cursor.ts';
import { covers, coversTopics, type Demand, isSameDemand } from './demand.ts';
import { DEFAULT_TIMING, decideReconnection, type StreamTiming } from './reconnect-policy.ts';
import { Sleep } from './sleep.ts';
import { StreamAttempt } from './stream-attempt.ts';
import { isLogEvent, type StreamEvent } from './stream-event.ts';

export interface EventStreamOptions {
  /** Any stream of the contract. */
  url: string;
  headers?: Record<string, string> | undefined;
  fetch?: typeof globalThis.fetch | undefined;
  /** A number in [0, 1); default `Math.random`. */
  random?: (() => number) | undefined;
  timing?: Partial<StreamTiming> | undefined;
}

/** How long a change of what is wanted may wait for the next: what is missing is urgent, what is too much is not. */
const WIDEN_AFTER_MS = 30;
const NARROW_AFTER_MS = 2_000;
/** Where somebody scrolls, the rows that are wanted change many times before they stand still. */
const SETTLE_AFTER_MS = 150;
/** However they scroll: a stream whose topics are right lives at least so long before it gives way to other rows. */
const SHORTEST_LIFE_MS = 1_000;

/**
 * One event stream that stays: it reconnects for ever, resumes after the last event it holds, hands on every event once
 * and in order, and says what state it is in. One instance can be opened and closed again and again; it keeps its place.
 */
export class EventStream {
  readonly #url: string;
  readonly #headers: Record<string, string>;
  readonly #fetch: typeof globalThis.fetch;
  readonly #random: () => number;
  readonly #timing: StreamTiming;
  readonly #listeners = new Set<(event: StreamEvent) => void>();
  readonly #cursor = new StreamCursor();
  readonly #connection = new ConnectionStore();
  readonly #sleep = new Sleep();
  #demand: Demand = { topics: [], intervalMs: 0 };
  #demandTimer: ReturnType<typeof setTimeout> | undefined;
  #session: AbortController | null = null;
  /** Under way; null before the first, and while it waits for the next. */
  #attempt: StreamAttempt | null = null;
  #pollingTimer: ReturnType<typeof setTimeout> | undefined;
  #baseDelayMs: number;
  /** The credential has been good since it was last refused. */
  #hadAccess = false;

  constructor({ url, headers = {}, fetch, random = Math.random, timing }: EventStreamOptions) {
    this.#url = url;
    this.#headers = headers;
    this.#fetch = fetch ?? ((...args) => globalThis.fetch(...args));
    this.#random = random;
    this.#timing = { ...DEFAULT_TIMING, ...timing };
    this.#baseDelayMs = this.#timing.baseDelayMs;
  }

  get connection(): ReadonlyConnection {
    return this.#connection;
  }

  /** Calls `listener` with every event; answers how to stop that. */
  subscribe(listener: (event: StreamEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Does nothing if it is open, or trying to be.
   * @param from where to go on; default: where it was.
   */
  open(from?: Cursor | null): void {
    if (this.#session) return;
    if (from !== undefined) this.#cursor.moveTo(from);
    this.#session = new AbortController();
    this.#connection.set({ state: 'connecting', attempts: 0, error: null });
    this.#pollAfterAWhile();
    void this.#run(this.#session.signal);
  }

  close(): void {
    this.#end(null);
  }

  /** Tries at once, whatever it is waiting for; after a log-in, or because somebody pressed a button. */
  reconnect(): void {
    this.close();
    this.open();
  }

  /**
   * What it is to carry; without topics, all that the credential may read. An open stream changes over without a gap: it
   * comes back with its place in the log, and stays `live` meanwhile.
   */
  want(demand: Demand): void {
    if (isSameDemand(demand, this.#demand)) return;
    this.#demand = demand;
    clearTimeout(this.#demandTimer);
    const attempt = this.#attempt;
    if (attempt === null || isSameDemand(demand, attempt.asked)) return;
    this.#demandTimer = setTimeout(() => attempt.switch(), delayOfSwitch(attempt, demand));
  }

  /**
   * Something has happened that may have broken the connection, or mended it: the network is back, the page was asleep.
   * If it waits it tries at once; if it is live, it begins a new connection should the old one be in doubt.
   *
   * @param doubt `quiet`: it is if it has not been heard of for longer than a heartbeat takes; `surely`: it is.
   */
  nudge(doubt: 'quiet' | 'surely'): void {
    this.#sleep.wake();
    const attempt = this.#attempt;
    if (attempt === null || attempt.liveSince === null) return;
    if (doubt === 'surely' || attempt.isQuiet) attempt.switch();
  }

  /** Attempt after attempt, until the session is closed or the server refuses the credential. */
  async #run(session: AbortSignal): Promise<void> {
    let streak = 0;
    while (!session.aborted) {
      const attempt = this.#begin();
      this.#attempt = attempt;
      const ending = await attempt.run(session);
      // Another session may have begun meanwhile, with an attempt of its own.
      if (session.aborted) return;
      this.#attempt = null;
      clearTimeout(this.#demandTimer);
      const { liveSince } = attempt;
      const wasLive = liveSince !== null;
      if (attempt.isSwitch) {
        // Not a failure, and nobody need hear of it unless it takes long.
        if (wasLive) this.#pollAfterAWhile();
        continue;
      }
      const wasHealthy = liveSince !== null && Date.now() - liveSince >= this.#timing.stableAfterMs;
      const attempts = wasLive ? 0 : this.#connection.get().attempts + 1;
      const decision = decideReconnection({
        ending,
        attempts,
        hadAccess: this.#hadAccess,
        streak: wasHealthy ? 0 : streak,
        baseDelayMs: this.#baseDelayMs,
        timing: this.#timing,
        random: this.#random,
      });
      streak = wasHealthy ? 1 : streak + 1;
      if (ending.error !== null && ending.error.status === 401) this.#hadAccess = false;
      if (decision.kind === 'stop') {
        this.#end(ending.error);
        return;
      }
      if (wasLive) this.#pollAfterAWhile();
      const polls = decision.poll || this.#connection.get().state === 'polling';
      if (polls) clearTimeout(this.#pollingTimer);
      this.#connection.set({ state: polls ? 'polling' : 'reconnecting', attempts, error: ending.error });
      await this.#sleep.start(decision.delayMs, session);
    }
  }

  #begin(): StreamAttempt {
    return new StreamAttempt({
      url: this.#url,
      headers: this.#headers,
      fetch: this.#fetch,
      asked: this.#demand,
      lastEventId: this.#cursor.lastEventId,
      connectTimeoutMs: this.#timing.connectTimeoutMs,
      onEvent: (event) => {
        if (event.event === 'connected') this.#greet(event.data.recovered);
        this.#receive(event);
      },
      onNotice: (notice) => this.#tell(notice),
      onRetry: (ms) => {
        this.#baseDelayMs = Math.min(ms, this.#timing.maxDelayMs);
      },
    });
  }

  #greet(recovered: boolean): void {
    this.#hadAccess = true;
    clearTimeout(this.#pollingTimer);
    if (!recovered) this.#cursor.forget();
    this.#connection.set({ state: 'live', attempts: 0, error: null });
  }

  /** Of the gateway alone: it is held up, or goes on. */
  #tell({ level, message }: SystemNotification): void {
    this.#connection.set({ notice: level === 'info' ? null : message });
  }

  #receive(event: StreamEvent): void {
    if (event.event === 'reset') this.#cursor.forget();
    if (event.seq !== null && event.epoch !== null) {
      const isNew = this.#cursor.advance({ epoch: event.epoch, seq: event.seq });
      if (!isNew && isLogEvent(event)) return;
    }
    for (const listener of [...this.#listeners]) {
      try {
        listener(event);
      } catch (error) {
        // One bad listener must not take the stream from the others.
        reportError(error);
      }
    }
  }

  #pollAfterAWhile(): void {
    clearTimeout(this.#pollingTimer);
    this.#pollingTimer = setTimeout(() => this.#connection.set({ state: 'polling' }), this.#timing.pollingAfterMs);
  }

  #end(error: HermesApiError | null): void {
    clearTimeout(this.#pollingTimer);
    this.#session?.abort();
    this.#session = null;
    this.#attempt = null;
    clearTimeout(this.#demandTimer);
    this.#connection.set({ state: 'off', attempts: 0, error });
  }
}

/** How long a stream may go on that carries something else than is wanted, in milliseconds. */
function delayOfSwitch({ asked, liveSince }: StreamAttempt, demand: Demand): number {
  if (covers(asked, demand)) return NARROW_AFTER_MS;
  if (!coversTopics(asked, demand)) return WIDEN_AFTER_MS;
  const age = liveSince === null ? 0 : Date.now() - liveSince;
  return Math.max(SETTLE_AFTER_MS, SHORTEST_LIFE_MS - age);
}
