import type { HermesApiError } from './api-error.ts';

/**
 * - `off`: no stream is wanted, or (with an `error`) the server refuses this credential: only a log-in helps.
 * - `connecting`: the first attempt is under way.
 * - `live`: the stream is open and has greeted.
 * - `reconnecting`: it broke off a moment ago, or the first attempt failed.
 * - `polling`: there has been no stream for so long that data must be fetched; attempts go on behind it.
 */
export type ConnectionPhase = 'live' | 'connecting' | 'reconnecting' | 'polling' | 'off';

export interface ConnectionState {
  readonly state: ConnectionPhase;
  /** Failed attempts since the stream was last live. */
  readonly attempts: number;
  /** When `state` began: milliseconds since 1970. */
  readonly since: number;
  /** Why the last attempt failed, or the stream broke; null while it is live. */
  readonly error: HermesApiError | null;
  /** What holds live updates up although the stream is live, in the server's words; null if nothing does. */
  readonly notice: string | null;
}

export interface ReadonlyConnection {
  get(): ConnectionState;
  /** Calls `listener` after every change; answers how to stop that. */
  subscribe(listener: () => void): () => void;
}

/** Holds the state of one stream; what `get` answers is the same object until something changes. */
export class ConnectionStore implements ReadonlyConnection {
  readonly #listeners = new Set<() => void>();
  #state: ConnectionState = { state: 'off', attempts: 0, since: Date.now(), error: null, notice: null };

  get = (): ConnectionState => this.#state;

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  set(change: Partial<Omit<ConnectionState, 'since'>>): void {
    const before = this.#state;
    const next: { -readonly [Key in keyof ConnectionState]: ConnectionState[Key] } = { ...before, ...change };
    if (next.state !== 'live') next.notice = null;
    if (
      next.state === before.state &&
      next.attempts === before.attempts &&
      isSameError(next.error, before.error) &&
      next.notice === before.notice
    ) {
      return;
    }
    this.#state = { ...next, since: next.state === before.state ? before.since : Date.now() };
    for (const listener of [...this.#listeners]) listener();
  }
}

/** What another tab says of an error is another object each time. */
function isSameError(a: HermesApiError | null, b: HermesApiError | null): boolean {
  return (
    a?.code === b?.code && a?.message === b?.message && a?.status === b?.status && a?.retryAfterMs === b?.retryAfterMs
  );
}
