import type { SystemNotification } from '@hermes/contracts';
import { HermesApiError } from './api-error.ts';
import { connect } from './connect.ts';
import { type Demand, demandQuery } from './demand.ts';
import type { Ending } from './reconnect-policy.ts';
import { parseFrame, parseNotice, type StreamEvent } from './stream-event.ts';
import { Watchdog } from './watchdog.ts';

/** Silence for so many heartbeat intervals means that the connection is dead. */
const SILENT_HEARTBEATS = 2.5;

export interface StreamAttemptOptions {
  url: string;
  headers: Record<string, string>;
  fetch: typeof globalThis.fetch;
  /** What it is to carry. */
  asked: Demand;
  /** Where to go on; null: it begins with a snapshot. */
  lastEventId: string | null;
  connectTimeoutMs: number;
  /** From the greeting on, in the order in which they came. */
  onEvent: (event: StreamEvent) => void;
  /** Of the gateway alone. */
  onNotice: (notice: SystemNotification) => void;
  /** How long the server says to wait before the next attempt. */
  onRetry: (ms: number) => void;
}

/** One connection, from asking for it to its end. */
export class StreamAttempt {
  readonly asked: Demand;
  readonly #options: StreamAttemptOptions;
  readonly #abort = new AbortController();
  readonly #watchdog = new Watchdog(() => this.#giveUp());
  readonly #ending: Ending = { error: null, farewellDelayMs: null };
  #liveSince: number | null = null;
  #isSwitch = false;

  constructor(options: StreamAttemptOptions) {
    this.asked = options.asked;
    this.#options = options;
  }

  /** When it was greeted: milliseconds since 1970; null while it was not. */
  get liveSince(): number | null {
    return this.#liveSince;
  }

  /** It was ended for another to take its place. */
  get isSwitch(): boolean {
    return this.#isSwitch;
  }

  /** It has not been heard of for longer than a heartbeat takes. */
  get isQuiet(): boolean {
    return this.#watchdog.isHalfway();
  }

  /** Ends it: another is to take its place at once. */
  switch(): void {
    this.#isSwitch = true;
    this.#abort.abort();
  }

  /** To be called once; answers at its end. */
  async run(session: AbortSignal): Promise<Ending> {
    const { url, headers, fetch, asked, lastEventId, connectTimeoutMs, onRetry } = this.#options;
    const abort = () => this.#abort.abort();
    session.addEventListener('abort', abort, { once: true });
    this.#watchdog.watch(connectTimeoutMs);
    try {
      await connect({
        url: `${url}${demandQuery(asked)}`,
        headers: lastEventId === null ? headers : { ...headers, 'last-event-id': lastEventId },
        fetch,
        signal: this.#abort.signal,
        // Until it is greeted, what counts is the greeting: a page that trickles is no stream.
        onLife: () => this.#liveSince !== null && this.#watchdog.heard(),
        onRetry,
        onFrame: (frame) => {
          if (this.#abort.signal.aborted) return;
          const notice = parseNotice(frame);
          if (notice !== null) this.#options.onNotice(notice);
          const event = parseFrame(frame);
          if (event !== null) this.#receive(event);
        },
      });
    } catch (error) {
      // A watchdog that barked has said more precisely why.
      this.#ending.error ??= error as HermesApiError;
    } finally {
      this.#watchdog.stop();
      session.removeEventListener('abort', abort);
    }
    return this.#ending;
  }

  #receive(event: StreamEvent): void {
    if (event.event === 'connected') {
      this.#liveSince = Date.now();
      this.#watchdog.watch(event.data.heartbeat_interval * SILENT_HEARTBEATS * 1000);
    } else if (this.#liveSince === null) {
      return;
    }
    this.#options.onEvent(event);
    if (event.event === 'draining' || event.event === 'auth_expired') {
      this.#ending.farewellDelayMs = event.data.retry_after_ms;
      this.#abort.abort();
    }
  }

  #giveUp(): void {
    const message = this.#liveSince === null ? 'The server does not answer' : 'Nothing has been heard for too long';
    this.#ending.error = new HermesApiError({ code: 'NETWORK_ERROR', message });
    this.#abort.abort();
  }
}
