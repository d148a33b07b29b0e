import { type LeaderLock, type LockListener, OwnLock, WebLeaderLock } from './leader-lock.ts';
import type { TabMessage } from './tab-message.ts';

/** What one tab hears of the others. */
export interface TabListener extends LockListener {
  /** The channel and the lock can be used. */
  ready(): void;
  message(message: TabMessage): void;
}

/** How tabs of one origin and one credential reach each other. */
export interface TabChannel {
  /** False: this tab is by itself. */
  readonly isShared: boolean;
  readonly lock: LeaderLock;
  post(message: TabMessage): void;
  close(): void;
}

/** Tabs of another version may speak another language. */
const VERSION = 2;

export function openTabChannel(baseUrl: string, apiKey: string | undefined, listener: TabListener): TabChannel {
  const { locks } = navigator;
  if (locks === undefined || typeof BroadcastChannel === 'undefined' || crypto.subtle === undefined) {
    return new OwnChannel(listener);
  }
  return new SharedChannel(locks, baseUrl, apiKey, listener);
}

class OwnChannel implements TabChannel {
  readonly isShared = false;
  readonly lock: LeaderLock;
  #isClosed = false;

  constructor(listener: TabListener) {
    this.lock = new OwnLock(listener);
    queueMicrotask(() => !this.#isClosed && listener.ready());
  }

  post(): void {
    // Nobody listens.
  }

  close(): void {
    this.#isClosed = true;
    this.lock.release();
  }
}

class SharedChannel implements TabChannel {
  readonly isShared = true;
  #channel: BroadcastChannel | null = null;
  #lock: LeaderLock = NO_LOCK;
  #isClosed = false;

  constructor(locks: LockManager, baseUrl: string, apiKey: string | undefined, listener: TabListener) {
    void nameOf(baseUrl, apiKey).then((name) => {
      if (this.#isClosed) return;
      this.#lock = new WebLeaderLock(locks, name, listener);
      this.#channel = new BroadcastChannel(name);
      this.#channel.onmessage = ({ data }: MessageEvent<{ version: number; message: TabMessage } | null>) => {
        if (data?.version === VERSION) listener.message(data.message);
      };
      listener.ready();
    });
  }

  get lock(): LeaderLock {
    return this.#lock;
  }

  post(message: TabMessage): void {
    this.#channel?.postMessage({ version: VERSION, message });
  }

  close(): void {
    this.#isClosed = true;
    this.#lock.release();
    this.#channel?.close();
    this.#channel = null;
  }
}

const NO_LOCK: LeaderLock = { request: () => undefined, steal: () => undefined, release: () => undefined };

/** Tabs that were loaded before and after an update of the page share a stream only if they say the same things. */
const MESSAGES_VERSION = 2;

/** Of the address and the credential, neither of which can be read out of it. */
async function nameOf(baseUrl: string, apiKey: string | undefined): Promise<string> {
  const address = new URL(baseUrl, globalThis.location?.href).href;
  const text = JSON.stringify([address, apiKey ?? null]);
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  const hex = Array.from(new Uint8Array(digest, 0, 16), (byte) => byte.toString(16).padStart(2, '0')).join('');
  return `hermes-stream-${MESSAGES_VERSION}-${hex}`;
}
