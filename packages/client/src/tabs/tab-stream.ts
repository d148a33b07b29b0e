import { API_BASE } from '@hermes/contracts';
import { authorization } from '../authorization.ts';
import { ConnectionStore, type ReadonlyConnection } from '../connection-state.ts';
import type { Demand } from '../demand.ts';
import { EventStream } from '../event-stream.ts';
import type { StreamTiming } from '../reconnect-policy.ts';
import type { StreamEvent } from '../stream-event.ts';
import { followPageLife, isPageHidden } from './page-life.ts';
import { openTabChannel, type TabChannel } from './tab-channel.ts';
import { TabCore } from './tab-core.ts';
import { hear, tell } from './tab-message.ts';
import type { TabEffect } from './tab-self.ts';
import { TAB_TIMING } from './tab-timing.ts';

export interface TabStreamOptions {
  /** Default: `/api/v1` of the page's own origin. */
  baseUrl?: string | undefined;
  /** For pages that hold a key. A browser that has logged in has a cookie and needs none. */
  apiKey?: string | undefined;
  /** How patient the stream is; for tests. */
  timing?: Partial<StreamTiming> | undefined;
}

/**
 * The event stream of a page, which it shares with the other tabs of the browser that have the same origin and
 * credential: one of them holds it, the others hear what it brings. Where Web Locks and BroadcastChannel do not exist
 * (they need HTTPS, or localhost) each tab has a stream of its own.
 */
export class TabStream {
  readonly #options: TabStreamOptions;
  readonly #stream: EventStream;
  readonly #connection = new ConnectionStore();
  readonly #listeners = new Set<(event: StreamEvent) => void>();
  readonly #core = new TabCore({ id: randomId(), random: Math.random });
  #channel: TabChannel | null = null;
  /** Not yet told to the other tabs: what one chunk of the stream brought. */
  #batch: StreamEvent[] = [];
  #isOpen = false;
  #isSuspended = false;
  #stopFollowing: () => void = () => undefined;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(options: TabStreamOptions = {}) {
    this.#options = options;
    const { baseUrl = API_BASE, apiKey, timing } = options;
    this.#stream = new EventStream({ url: `${baseUrl}/events/stream`, headers: authorization(apiKey), timing });
    this.#stream.subscribe((event) => this.#collect(event));
    this.#stream.connection.subscribe(() => {
      this.#flush();
      this.#do(this.#core.streamConnection(tell(this.#stream.connection.get()), Date.now()));
    });
  }

  get connection(): ReadonlyConnection {
    return this.#connection;
  }

  /** Calls `listener` with every event; answers how to stop that. */
  subscribe(listener: (event: StreamEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Does nothing if it is open. */
  open(): void {
    if (this.#isOpen) return;
    this.#isOpen = true;
    this.#isSuspended = false;
    this.#stopFollowing = followPageLife({
      suspend: () => this.#suspend(),
      resume: () => this.#resume(),
      visibility: (isHidden) => {
        this.#do(this.#core.hidden(isHidden, Date.now()));
        if (!isHidden) this.#stream.nudge('quiet');
      },
      // Gone as well: nothing tells a stream that it is dead, and a server on this machine is there all the same.
      network: () => this.#stream.nudge('surely'),
    });
    this.#join();
  }

  /** Leaves the stream to the other tabs. It keeps its place in the log. */
  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#stopFollowing();
    this.#leave();
  }

  /** What this tab wants of the stream. */
  want(demand: Demand): void {
    this.#do(this.#core.demand(demand, Date.now()));
  }

  /** Tries at once, whichever tab holds the stream; after a log-in, or because somebody pressed a button. */
  reconnect(): void {
    if (this.#isOpen) this.#do(this.#core.reconnect());
    else this.open();
  }

  #suspend(): void {
    if (!this.#isOpen || this.#isSuspended) return;
    this.#isSuspended = true;
    this.#leave();
  }

  #resume(): void {
    if (!this.#isOpen || !this.#isSuspended) return;
    this.#isSuspended = false;
    this.#join();
  }

  #join(): void {
    const { baseUrl = API_BASE, apiKey } = this.#options;
    this.#connection.set({ state: 'connecting', attempts: 0, error: null });
    this.#channel = openTabChannel(baseUrl, apiKey, {
      ready: () => {
        this.#do(this.#core.hidden(isPageHidden(), Date.now()));
        this.#do(this.#core.open(Date.now()));
      },
      message: (message) => this.#do(this.#core.message(message, Date.now())),
      granted: () => this.#do(this.#core.granted(Date.now())),
      lost: () => this.#do(this.#core.lost(Date.now())),
    });
    this.#keepTime();
  }

  #leave(): void {
    this.#flush();
    this.#do(this.#core.close());
    this.#connection.set({ state: 'off', attempts: 0, error: null });
    this.#channel?.close();
    this.#channel = null;
  }

  #collect(event: StreamEvent): void {
    if (this.#batch.length === 0) queueMicrotask(() => this.#flush());
    this.#batch.push(event);
  }

  #flush(): void {
    if (this.#batch.length === 0) return;
    const batch = this.#batch;
    this.#batch = [];
    this.#do(this.#core.streamEvents(batch));
  }

  #do(effects: readonly TabEffect[]): void {
    for (const effect of effects) {
      switch (effect.do) {
        case 'post':
          this.#channel?.post(effect.message);
          break;
        case 'deliver':
          this.#deliver(effect.event);
          break;
        case 'connection':
          this.#connection.set(hear(effect.connection));
          break;
        case 'request-lock':
          this.#channel?.lock.request();
          break;
        case 'steal-lock':
          this.#channel?.lock.steal();
          break;
        case 'release-lock':
          this.#channel?.lock.release();
          break;
        case 'open-stream':
          this.#stream.open(effect.from);
          break;
        case 'close-stream':
          this.#stream.close();
          break;
        case 'reconnect-stream':
          this.#stream.reconnect();
          break;
        case 'want':
          this.#stream.want(effect.demand);
      }
    }
    this.#keepTime();
  }

  /** Only while something depends on it: most pages are alone, and need not wake for nobody. */
  #keepTime(): void {
    const isNeeded = this.#channel?.isShared === true && this.#core.needsTicks;
    if (isNeeded === (this.#timer !== undefined)) return;
    clearInterval(this.#timer);
    this.#timer = isNeeded ? setInterval(() => this.#do(this.#core.tick(Date.now())), TAB_TIMING.tick) : undefined;
  }

  #deliver(event: StreamEvent): void {
    for (const listener of [...this.#listeners]) {
      try {
        listener(event);
      } catch (error) {
        // One bad listener must not take the stream from the others.
        reportError(error);
      }
    }
  }
}

/** `crypto.randomUUID` is not there on plain HTTP. */
function randomId(): string {
  return [...crypto.getRandomValues(new Uint32Array(3))].map((word) => word.toString(36)).join('');
}
