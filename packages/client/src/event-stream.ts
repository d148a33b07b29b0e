import type { Cursor, SystemNotification } from '@hermes/contracts';
import { HermesApiError } from './api-error.ts';
import { connect } from './connect.ts';
import { ConnectionStore, type ReadonlyConnection } from './connection-state.ts';
import { StreamCursor } from './cursor.ts';
import { covers, type Demand, demandQuery, isSameDemand } from './demand.ts';
import { DEFAULT_TIMING, decideReconnection, type Ending, type StreamTiming } from './reconnect-policy.ts';
import { Sleep } from './sleep.ts';
import { isLogEvent, parseFrame, parseNotice, type StreamEvent } from './stream-event.ts';
import { Watchdog } from './watchdog.ts';

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
/** Silence for so many heartbeat intervals means that the connection is dead. */
const SILENT_HEARTBEATS = 2.5;

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
  /** What the connection under way was asked for. */
  #asked: Demand = this.#demand;
  #demandTimer: ReturnType<typeof setTimeout> | undefined;
  #session: AbortController | null = null;
  /** Ends the attempt under way, and begins another at once. */
  #switch: (() => void) | null = null;
  #pollingTimer: ReturnType<typeof setTimeout> | undefined;
  #baseDelayMs: number;
  #watchdog: Watchdog | null = null;
  /** The credential has been good since it was last refused. */
  #hadAccess = false;
  /** When the attempt under way was greeted; null while it was not. */
  #liveSince: number | null = null;

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
    if (this.#switch === null || isSameDemand(demand, this.#asked)) return;
    const isEnough = this.#asked.topics.length === 0 || covers(this.#asked, demand);
    this.#demandTimer = setTimeout(() => this.#switch?.(), isEnough ? NARROW_AFTER_MS : WIDEN_AFTER_MS);
  }

  /**
   * Something has happened that may have broken the connection, or mended it: the network is back, the page was asleep.
   * If it waits it tries at once; if it is live, it begins a new connection should the old one be in doubt.
   *
   * @param doubt `quiet`: it is if it has not been heard of for longer than a heartbeat takes; `surely`: it is.
   */
  nudge(doubt: 'quiet' | 'surely'): void {
    this.#sleep.wake();
    if (this.#liveSince === null) return;
    if (doubt === 'surely' || this.#watchdog?.isHalfway() === true) this.#switch?.();
  }

  /** Attempt after attempt, until the session is closed or the server refuses the credential. */
  async #run(session: AbortSignal): Promise<void> {
    let streak = 0;
    while (!session.aborted) {
      const ending = await this.#attempt(session);
      if (session.aborted) return;
      const wasLive = this.#liveSince !== null;
      if (ending.isSwitch) {
        // Not a failure, and nobody need hear of it unless it takes long.
        if (wasLive) this.#pollAfterAWhile();
        this.#liveSince = null;
        continue;
      }
      const wasHealthy = this.#liveSince !== null && Date.now() - this.#liveSince >= this.#timing.stableAfterMs;
      this.#liveSince = null;
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

  /** One connection, from asking for it to its end. */
  async #attempt(session: AbortSignal): Promise<Ending & { isSwitch: boolean }> {
    const attempt = new AbortController();
    const abort = () => attempt.abort();
    session.addEventListener('abort', abort, { once: true });
    const ending: Ending & { isSwitch: boolean } = { error: null, farewellDelayMs: null, isSwitch: false };
    const watchdog = new Watchdog(() => {
      const message = this.#liveSince === null ? 'The server does not answer' : 'Nothing has been heard for too long';
      ending.error = new HermesApiError({ code: 'NETWORK_ERROR', message });
      abort();
    });
    watchdog.watch(this.#timing.connectTimeoutMs);
    this.#watchdog = watchdog;
    this.#asked = this.#demand;
    this.#switch = () => {
      ending.isSwitch = true;
      abort();
    };
    const { lastEventId } = this.#cursor;
    try {
      await connect({
        url: `${this.#url}${demandQuery(this.#asked)}`,
        headers: lastEventId === null ? this.#headers : { ...this.#headers, 'last-event-id': lastEventId },
        fetch: this.#fetch,
        signal: attempt.signal,
        // Until it is greeted, what counts is the greeting: a page that trickles is no stream.
        onLife: () => this.#liveSince !== null && watchdog.heard(),
        onRetry: (ms) => {
          this.#baseDelayMs = Math.min(ms, this.#timing.maxDelayMs);
        },
        onFrame: (frame) => {
          if (attempt.signal.aborted) return;
          const notice = parseNotice(frame);
          if (notice !== null) this.#tell(notice);
          const event = parseFrame(frame);
          if (event === null) return;
          if (event.event === 'connected') {
            this.#greet(event.data.recovered);
            watchdog.watch(event.data.heartbeat_interval * SILENT_HEARTBEATS * 1000);
          } else if (this.#liveSince === null) {
            return;
          }
          this.#receive(event);
          if (event.event === 'draining' || event.event === 'auth_expired') {
            ending.farewellDelayMs = event.data.retry_after_ms;
            abort();
          }
        },
      });
    } catch (error) {
      // A watchdog that barked has said more precisely why.
      ending.error ??= error as HermesApiError;
    } finally {
      watchdog.stop();
      this.#watchdog = null;
      this.#switch = null;
      clearTimeout(this.#demandTimer);
      session.removeEventListener('abort', abort);
    }
    return ending;
  }

  #greet(recovered: boolean): void {
    this.#liveSince = Date.now();
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
    this.#liveSince = null;
    this.#connection.set({ state: 'off', attempts: 0, error });
  }
}
