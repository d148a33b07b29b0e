import { ensureEpoch, type SeenPosition } from './epoch.ts';
import type { FollowOptions } from './follow-options.ts';
import { type LogEvent, parseEnvelope } from './log-event.ts';
import { readAfter } from './read.ts';

/** Past this, live events are dropped while an earlier one is read back: they will be read back as well. */
const MAX_WAITING = 10_000;
const RETRY_MS = 250;

/**
 * Follows the log: live over pub/sub, and from the log itself wherever pub/sub had a gap. Pub/sub promises nothing;
 * the contiguous sequence numbers are what tells a gap, and what is read back is merged under them.
 *
 * A message that the publish script did not write is told by its number, which the log has not given or has given
 * before. One that happens to guess the next number is taken for real: whoever may PUBLISH is trusted not to forge.
 */
export class LogFollower {
  readonly #options: FollowOptions;
  #position: SeenPosition = { epoch: '', seq: 0, runId: '' };
  /** Live events that wait until the log was read up to them; null while nothing is missing. */
  #waiting: LogEvent[] | null = [];
  /** The highest number that came live and was in the log: pub/sub keeps order, so a lower one is a repetition. */
  #received = 0;
  /** Repetitions that may still turn out to be a log that was rolled back. */
  #repeated = 0;
  #syncing: Promise<void> | null = null;
  #syncAgain = false;
  #verifying = false;
  #live = false;
  #closed = false;
  #timer: NodeJS.Timeout | undefined;
  #retry: NodeJS.Timeout | undefined;
  /** Messages on our channels that the publish script did not write. */
  ignored = 0;
  /** How often something was read back from the log. */
  backfills = 0;
  /** How far Redis was ahead when the two were last compared. */
  lag = 0;

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

  /**
   * Subscribes first, then reads what was missed: nothing falls between. Resolves when caught up; if Redis goes away
   * meanwhile, before that, and goes on by itself when it is back (`isLive`).
   * @throws if Redis cannot be asked where the log stands.
   */
  async start(): Promise<void> {
    const { subscriber, commands, keys, from, verifyIntervalMs = 5000 } = this.#options;
    this.#position = { ...(from ?? (await ensureEpoch(commands, keys, null))) };
    if (this.#closed) return;
    subscriber.on('message', this.#onMessage);
    subscriber.on('ready', this.#onReady);
    subscriber.on('close', this.#onLost);
    await subscriber.subscribe(...keys.channels);
    await this.#sync();
    if (!this.#closed) this.#timer = setInterval(() => void this.#verify(), verifyIntervalMs);
  }

  /** No handler is called any more. The connections are the caller's to end. */
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
    if (this.#waiting === null && event.seq === this.#position.seq + 1) {
      this.#position.seq = event.seq;
      this.#received = event.seq;
      this.#options.handlers.onEvents([event], this.position);
      return;
    }
    const isRepeated = event.seq <= this.#received;
    if (isRepeated) this.#repeated += 1;
    if (this.#waiting !== null) {
      if (this.#waiting.length >= MAX_WAITING) this.#waiting = [];
      this.#waiting.push(event);
    } else if (isRepeated || event.seq > this.#position.seq) {
      // A gap; or a number that was given before, which may mean that this is no longer the log we knew.
      this.#waiting = [event];
      void this.#sync();
    } else {
      // It was read back before it came; the one and only, unless the log began anew.
      this.#received = event.seq;
      void this.#verify();
    }
  };

  readonly #onReady = (): void => {
    const { subscriber, keys, onError } = this.#options;
    // ioredis subscribes again by itself, but does not say when that is done; before it is, there is a gap to fall into.
    subscriber.subscribe(...keys.channels).then(
      () => this.#sync(),
      (error) => onError?.(error),
    );
  };

  readonly #onLost = (): void => {
    this.#waiting ??= [];
    this.#setLive(false);
  };

  /** A message can get lost without the connection being lost, and FLUSHALL sends none. */
  async #verify(): Promise<void> {
    if (this.#verifying || this.#closed) return;
    const { commands, keys, onError } = this.#options;
    const before = this.#position.seq;
    this.#verifying = true;
    try {
      const [seq, epoch] = await commands.mget(keys.seq, keys.epoch);
      this.lag = Math.max(0, Number(seq ?? 0) - this.#position.seq);
      // What is missing is being read back already.
      if (this.#waiting !== null) return;
      const isQuiet = this.#position.seq === before;
      if (epoch !== this.#position.epoch || (isQuiet && Number(seq ?? 0) !== before)) await this.#sync();
    } catch (error) {
      if (!this.#closed) onError?.(error as Error);
    } finally {
      this.#verifying = false;
    }
  }

  /** Reads back until nothing is missing; one run at a time, and once more if asked meanwhile. */
  #sync(): Promise<void> {
    if (this.#closed) return Promise.resolve();
    this.#waiting ??= [];
    this.#syncAgain = true;
    this.#syncing ??= this.#syncUntilDone();
    return this.#syncing;
  }

  async #syncUntilDone(): Promise<void> {
    const { subscriber, onError } = this.#options;
    try {
      while (this.#syncAgain && !this.#closed) {
        this.#syncAgain = false;
        await this.#catchUp();
      }
      if (!this.#closed && subscriber.status === 'ready') this.#setLive(true);
    } catch (error) {
      if (this.#closed) return;
      // Redis is away or still loading. `ready` will call us too; this is for when it does not.
      clearTimeout(this.#retry);
      this.#retry = setTimeout(() => void this.#sync(), RETRY_MS);
      this.#setLive(false);
      onError?.(error as Error);
    } finally {
      // In the same step as the last look at #syncAgain: nobody may ask for a run that has just ended.
      this.#syncing = null;
    }
  }

  async #catchUp(): Promise<void> {
    const { commands, keys, handlers } = this.#options;
    const now = await ensureEpoch(commands, keys, this.#position);
    if (this.#closed) return;
    if (now.epoch !== this.#position.epoch) {
      // What was lost may lie ahead of us: what comes before the new epoch is then still to be told.
      const seq = Math.min(now.epochSeq, this.#position.seq);
      this.#reset('epoch_changed', { epoch: now.epoch, seq, runId: now.runId });
    }
    this.#position.runId = now.runId;
    let early: LogEvent[] = [];
    for (;;) {
      early = this.#pastPosition([...early, ...(this.#waiting ?? [])]);
      this.#waiting = [];
      const page = await readAfter(commands, keys, this.#position.seq);
      if (this.#closed) return;
      if (page.epoch !== this.#position.epoch) {
        this.#syncAgain = true;
        return;
      }
      if (page.trimmed > this.#position.seq) this.#reset('trimmed', { ...this.#position, seq: page.trimmed });
      if (page.position <= this.#position.seq) break;
      const events = page.events.filter((event) => event.seq > this.#position.seq);
      this.backfills += 1;
      this.#position.seq = page.position;
      if (events.length > 0) handlers.onEvents(events, this.position);
    }
    // Number and message are given in one step, so what had come before the log was read to its end is in it. What
    // claims to be later was published by something else, or is of an epoch that has ended.
    this.ignored += this.#pastPosition(early).length + this.#repeated;
    this.#repeated = 0;
    this.#releaseWaiting();
  }

  #reset(reason: 'trimmed' | 'epoch_changed', position: SeenPosition): void {
    this.#position = position;
    if (reason === 'epoch_changed') {
      this.#received = 0;
      this.#repeated = 0;
    }
    this.#options.handlers.onReset(reason, this.position);
  }

  #releaseWaiting(): void {
    if (this.#closed) return;
    const waiting = this.#pastPosition(this.#waiting ?? []).sort((a, b) => a.seq - b.seq);
    const next: LogEvent[] = [];
    for (const event of waiting) {
      if (event.seq > this.#position.seq + 1) {
        this.#syncAgain = true;
        break;
      }
      if (event.seq <= this.#position.seq) continue;
      this.#position.seq = event.seq;
      this.#received = event.seq;
      next.push(event);
    }
    this.#waiting = this.#syncAgain ? this.#pastPosition(waiting) : null;
    if (next.length > 0) this.#options.handlers.onEvents(next, this.position);
  }

  /** Those that are still to be handed over; the others were in the log. */
  #pastPosition(events: LogEvent[]): LogEvent[] {
    return events.filter((event) => {
      if (event.seq <= this.#position.seq) this.#received = Math.max(this.#received, event.seq);
      return event.seq > this.#position.seq;
    });
  }

  #setLive(live: boolean): void {
    if (this.#live === live) return;
    this.#live = live;
    this.#options.handlers.onConnection(live ? 'live' : 'lost');
  }
}
