import { isFact, type Keyspace, type ResetReason } from '@hermes/contracts';
import type { Redis } from 'ioredis';
import { ensureEpoch, type SeenPosition } from './epoch.ts';
import { type LogEvent, parseEnvelope } from './log-event.ts';
import { readAfter } from './read.ts';

export interface FollowHandlers {
  /**
   * Events in order, strictly increasing, none missing but states that newer ones have replaced.
   * `position`: everything up to there has been handed over.
   */
  onEvents(events: LogEvent[], position: SeenPosition): void;
  /** What was followed cannot be continued; the next events come after `position`: of a new epoch, all there are. */
  onReset(reason: Extract<ResetReason, 'trimmed' | 'epoch_changed'>, position: SeenPosition): void;
  /** Redis went away, or is back and caught up with. */
  onConnection(state: 'lost' | 'live'): void;
}

export interface FollowOptions {
  /** A connection of the role `patient` that nothing else uses: it will be in subscriber mode. */
  subscriber: Redis;
  /** A connection of the role `commands`. */
  commands: Redis;
  keys: Keyspace;
  /** Where to go on, with run id '' if that is not known; null: from where the log stands now. */
  from: SeenPosition | null;
  handlers: FollowHandlers;
  /** How often a quiet log is compared with its position in Redis. */
  verifyIntervalMs?: number;
  /** What makes no difference to the order of events but should be known. */
  onError?(error: Error): void;
}

/**
 * Follows the log: live over pub/sub, and from the log itself wherever pub/sub had a gap. Pub/sub promises nothing;
 * the contiguous sequence numbers are what tells a gap, and what is read back is merged under them.
 */
export class LogFollower {
  readonly #options: FollowOptions;
  #position: SeenPosition = { epoch: '', seq: 0, runId: '' };
  /** Live events that wait until a gap before them is filled; null while there is none. */
  #waiting: LogEvent[] | null = [];
  #syncing: Promise<void> | null = null;
  #syncAgain = false;
  #live = false;
  #closed = false;
  #timer: NodeJS.Timeout | undefined;
  #retry: NodeJS.Timeout | undefined;
  /** Messages on our channels that the publish script did not write. */
  ignored = 0;
  /** How often a gap was found and read back. */
  backfills = 0;

  constructor(options: FollowOptions) {
    this.#options = options;
  }

  /** Where the follower stands: everything up to here has been handed over. */
  get position(): SeenPosition {
    return { ...this.#position };
  }

  get isLive(): boolean {
    return this.#live;
  }

  /** Subscribes first, then reads what was missed: nothing falls between. Resolves when caught up. */
  async start(): Promise<void> {
    const { subscriber, commands, keys, from, verifyIntervalMs = 5000 } = this.#options;
    subscriber.on('message', this.#onMessage);
    await subscriber.subscribe(...keys.channels);
    this.#position = from ?? (await ensureEpoch(commands, keys, null));
    subscriber.on('ready', this.#onReady);
    subscriber.on('close', this.#onLost);
    await this.#sync();
    this.#timer = setInterval(() => void this.#verify(), verifyIntervalMs);
  }

  close(): void {
    this.#closed = true;
    clearInterval(this.#timer);
    clearTimeout(this.#retry);
    const { subscriber } = this.#options;
    subscriber.off('message', this.#onMessage);
    subscriber.off('ready', this.#onReady);
    subscriber.off('close', this.#onLost);
  }

  readonly #onMessage = (_channel: string, message: string): void => {
    const event = parseEnvelope(message);
    if (event === null) {
      this.ignored += 1;
      return;
    }
    if (this.#waiting !== null) {
      this.#waiting.push(event);
    } else if (event.seq === this.#position.seq + 1) {
      this.#position.seq = event.seq;
      this.#options.handlers.onEvents([event], this.position);
    } else {
      // A gap; or a number that was given before, which means that this is no longer the log we knew.
      this.#waiting = [event];
      void this.#sync();
    }
  };

  readonly #onReady = (): void => {
    void this.#sync();
  };

  readonly #onLost = (): void => {
    this.#waiting ??= [];
    this.#setLive(false);
  };

  /** A message can get lost without the connection being lost, and FLUSHALL sends none. */
  async #verify(): Promise<void> {
    if (this.#waiting !== null || this.#closed) return;
    const { commands, keys, onError } = this.#options;
    const before = this.#position.seq;
    try {
      const [seq, epoch] = await commands.mget(keys.seq, keys.epoch);
      const quiet = this.#position.seq === before;
      if (epoch !== this.#position.epoch || (quiet && Number(seq ?? 0) !== before)) await this.#sync();
    } catch (error) {
      onError?.(error as Error);
    }
  }

  /** Reads back until nothing is missing; one run at a time, and once more if asked meanwhile. */
  #sync(): Promise<void> {
    this.#waiting ??= [];
    if (this.#syncing !== null) {
      this.#syncAgain = true;
      return this.#syncing;
    }
    this.#syncing = this.#syncUntilDone().finally(() => {
      this.#syncing = null;
    });
    return this.#syncing;
  }

  async #syncUntilDone(): Promise<void> {
    do {
      this.#syncAgain = false;
      try {
        await this.#catchUp();
      } catch (error) {
        if (this.#closed) return;
        this.#setLive(false);
        this.#options.onError?.(error as Error);
        // Redis is away or still loading. `ready` will call us too; this is for when it does not.
        clearTimeout(this.#retry);
        this.#retry = setTimeout(() => void this.#sync(), 250);
        return;
      }
    } while (this.#syncAgain && !this.#closed);
    if (!this.#closed) this.#setLive(true);
  }

  async #catchUp(): Promise<void> {
    const { commands, keys, handlers } = this.#options;
    const before = this.#position;
    const now = await ensureEpoch(commands, keys, before);
    if (now.epoch !== before.epoch) {
      const { epochSeq } = await readAfter(commands, keys, now.seq);
      this.#position = { ...now, seq: epochSeq };
      handlers.onReset('epoch_changed', this.position);
    } else {
      this.#position.runId = now.runId;
    }
    let receivedBefore: LogEvent[] = [];
    for (;;) {
      receivedBefore = [...(this.#waiting ?? [])];
      const page = await readAfter(commands, keys, this.#position.seq);
      if (page.epoch !== this.#position.epoch) {
        this.#syncAgain = true;
        return;
      }
      if (page.trimmed > this.#position.seq) {
        this.#position = { epoch: page.epoch, seq: page.position, runId: now.runId };
        handlers.onReset('trimmed', this.position);
        continue;
      }
      if (page.position <= this.#position.seq) break;
      this.backfills += 1;
      this.#position.seq = page.position;
      handlers.onEvents(page.events, this.position);
    }
    // Number and message are given in one step, so what had come before the log was read to its end is in it. What
    // claims to be later was published by something else, or is of an epoch that has ended.
    const impostors = new Set(receivedBefore.filter((event) => event.seq > this.#position.seq));
    this.ignored += impostors.size;
    this.#waiting = (this.#waiting ?? []).filter((event) => !impostors.has(event));
    this.#releaseWaiting();
  }

  #releaseWaiting(): void {
    const waiting = (this.#waiting ?? []).sort((a, b) => a.seq - b.seq);
    const next: LogEvent[] = [];
    for (const event of waiting) {
      if (event.seq <= this.#position.seq) continue;
      if (event.seq !== this.#position.seq + 1) {
        this.#syncAgain = true;
        break;
      }
      this.#position.seq = event.seq;
      next.push(event);
    }
    this.#waiting = this.#syncAgain ? waiting.filter((event) => event.seq > this.#position.seq) : null;
    if (next.length > 0) this.#options.handlers.onEvents(next, this.position);
  }

  #setLive(live: boolean): void {
    if (this.#live === live) return;
    this.#live = live;
    this.#options.handlers.onConnection(live ? 'live' : 'lost');
  }
}

/** True for events that must reach everyone once. */
export function isFactEvent(event: LogEvent): boolean {
  return isFact(event.event);
}
