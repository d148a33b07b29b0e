import { downloadProgressSchema, type Keyspace, type QueueStats, queueStatsSchema } from '@hermes/contracts';
import { type LogEvent, type Publisher, parseEnvelope, readCounts } from '@hermes/event-log';
import { isRedisAway, type Logger } from '@hermes/runtime';
import type { Redis } from 'ioredis';

/** At most this often, over all APIs. */
const INTERVAL_MS = 1000;
/** Less, or whoever had the last second would find its own lease in the way every other time. */
const LEASE_MS = 900;
/** What comes in a burst is one change. */
const SETTLE_MS = 50;
/** A download at work tells its progress every second; one that has not for this long is not at work any more. */
const SPEED_VALID_MS = 5000;

interface Options {
  /** Of the role `commands`. */
  redis: Redis;
  /** Of the role `patient`, for this alone. */
  subscriber: Redis;
  keys: Keyspace;
  publisher: Publisher;
  logger: Logger;
}

/**
 * Publishes `queue_stats` while they change: how many downloads stand in each status, and how fast all are together. What
 * passes by says *that* something has changed, so with nothing going on nothing is asked. Of several APIs one publishes:
 * whoever takes the lease of that second, if what was published last is not that already.
 */
export class QueueStatsPublisher {
  readonly #options: Options;
  readonly #speeds = new Map<string, { speed: number; at: number }>();
  #timer: NodeJS.Timeout | undefined;
  #timerAt = Number.POSITIVE_INFINITY;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #looking: Promise<void> | null = null;
  #closed = false;

  constructor(options: Options) {
    this.#options = options;
  }

  /** Returns at once, also with Redis away. */
  start(): void {
    const { subscriber, keys, logger } = this.#options;
    subscriber.on('message', (_channel: string, text: string) => this.#observe(parseEnvelope(text)));
    // After an interruption there may be news, too.
    subscriber.on('ready', () => this.#lookIn(0));
    subscriber.subscribe(keys.channel('download_status'), keys.channel('queue_update')).then(
      () => this.#lookIn(0),
      (error: unknown) => {
        if (!this.#closed) logger.warn({ err: error }, 'the queue cannot be watched');
      },
    );
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#options.subscriber.disconnect();
    await this.#looking;
  }

  #observe(event: LogEvent | null): void {
    if (event?.key == null) return;
    if (event.event === 'download_progress') {
      const speed = speedOf(event);
      if (speed === null) return;
      this.#speeds.set(event.key, { speed, at: performance.now() });
    } else if (event.status !== 'downloading') {
      this.#speeds.delete(event.key);
    }
    this.#lookIn(SETTLE_MS);
  }

  /** Looks after `ms`, or as soon after the last time as it may; the earliest wish counts. */
  #lookIn(ms: number): void {
    if (this.#closed) return;
    const now = performance.now();
    const at = Math.max(now + ms, this.#lookedAt + INTERVAL_MS);
    if (at >= this.#timerAt) return;
    clearTimeout(this.#timer);
    this.#timerAt = at;
    this.#timer = setTimeout(() => {
      this.#timerAt = Number.POSITIVE_INFINITY;
      this.#lookedAt = performance.now();
      this.#looking = this.#look();
    }, at - now);
    this.#timer.unref();
  }

  async #look(): Promise<void> {
    const { redis, keys, publisher, logger } = this.#options;
    try {
      const [told, counts] = await Promise.all([redis.get(keys.state('queue_stats', null)), readCounts(redis, keys)]);
      const stats: QueueStats = { counts, total_speed: this.#totalSpeed() };
      // Who is gone without a word is found out by time alone.
      if (stats.total_speed > 0) this.#lookIn(SPEED_VALID_MS);
      if (isSame(told, stats)) return;
      if ((await redis.set(keys.queueStatsLease, '1', 'PX', LEASE_MS, 'NX')) === null) this.#lookIn(INTERVAL_MS);
      else await publisher.publish('queue_stats', stats);
    } catch (error) {
      if (this.#closed) return;
      if (!isRedisAway(error)) logger.warn({ err: error }, 'the state of the queue could not be published');
      this.#lookIn(INTERVAL_MS);
    }
  }

  #totalSpeed(): number {
    const oldest = performance.now() - SPEED_VALID_MS;
    let total = 0;
    for (const [id, { speed, at }] of this.#speeds) {
      if (at < oldest) this.#speeds.delete(id);
      else total += speed;
    }
    return total;
  }
}

/** @returns null for what the publish script did not write: anyone may publish on the channel. */
function speedOf({ data }: LogEvent): number | null {
  try {
    return downloadProgressSchema.parse(JSON.parse(data)).download_speed ?? 0;
  } catch {
    return null;
  }
}

function isSame(envelope: string | null, stats: QueueStats): boolean {
  const event = envelope === null ? null : parseEnvelope(envelope);
  const told = event === null ? null : queueStatsSchema.safeParse(JSON.parse(event.data));
  if (!told?.success || told.data.total_speed !== stats.total_speed) return false;
  const { counts } = told.data;
  return Object.entries(stats.counts).every(([status, count]) => counts[status as keyof typeof counts] === count);
}
