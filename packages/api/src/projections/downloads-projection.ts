import { setTimeout as delay } from 'node:timers/promises';
import { isFact, type Keyspace } from '@hermes/contracts';
import { LogFollower, type LogPage, type Publisher, readAfter, trimFacts, writeOffset } from '@hermes/event-log';
import { isRedisAway, type Logger } from '@hermes/runtime';
import type { Redis } from 'ioredis';
import { DOWNLOADS_PROJECTION } from '../database/migrations.ts';
import type { Database } from '../database/open-database.ts';
import { foldDownloads } from './fold-downloads.ts';
import { readStoredPosition } from './stored-position.ts';

export interface ProjectionOptions {
  database: Database;
  /** Of the role `commands`. */
  redis: Redis;
  /** Of the role `patient`, for this projection alone. */
  subscriber: Redis;
  keys: Keyspace;
  publisher: Publisher;
  logger: Logger;
  hardCap: number;
  /** Facts that stay for clients that come back. */
  keep: number;
  /** This projection has changed the statistics. */
  onStatsChanged: () => void;
}

/** After a failure, milliseconds: of Redis, which comes back soon; of the database, which may be full. */
const RETRY_MS = { redis: 500, database: 5000 };
/** What comes within this time of a transaction goes into the next one together. */
const FOLD_INTERVAL_MS = 50;
const TRIM_INTERVAL_MS = 10_000;

/**
 * Folds the log into the database. The follower only says *that* something is new; what is new is read from where the
 * database itself stands, and the database moves on in the transaction that folds. So neither a crash nor a second API
 * makes a fact count twice or get lost.
 */
export class DownloadsProjection {
  readonly #options: ProjectionOptions;
  #follower: LogFollower | null = null;
  #folding: Promise<void> | null = null;
  #foldAgain = false;
  #closed = false;
  #retry: NodeJS.Timeout | undefined;
  #trimTimer: NodeJS.Timeout | undefined;
  #trimming: Promise<void> | null = null;
  #starting: Promise<void> = Promise.resolve();
  /** The last trimming cost facts that were not folded, and everyone knows. */
  #alarmed = false;
  /** The position that Redis was told last. */
  #announced = '';
  /** The newest fact that this API was told of, and how far the database has folded. */
  #newestFact = 0;
  #folded = 0;

  constructor(options: ProjectionOptions) {
    this.#options = options;
  }

  /** Events between the newest fact that was told and what the database has folded; 0 if it has folded all. */
  get lag(): number {
    return Math.max(0, this.#newestFact - this.#folded);
  }

  /**
   * Begins to follow; returns at once, also with Redis away.
   * @param onUncertain the log cannot be trusted to match the database: at the start, after an interruption, in a new
   * epoch.
   */
  start(onUncertain: () => void): void {
    this.#starting = this.#start(onUncertain).catch(this.#onFailedStart);
    this.#trimTimer = setInterval(() => {
      this.#trimming ??= this.trim().finally(() => {
        this.#trimming = null;
      });
    }, TRIM_INTERVAL_MS);
    this.#trimTimer.unref();
  }

  async #start(onUncertain: () => void): Promise<void> {
    const { database, redis, subscriber, keys, logger } = this.#options;
    const from = await readStoredPosition(database);
    if (this.#closed) return;
    this.#follower = new LogFollower({
      subscriber,
      commands: redis,
      keys,
      from,
      handlers: {
        onEvents: (events) => {
          const fact = events.findLast(({ event }) => isFact(event));
          if (fact === undefined) return;
          this.#newestFact = fact.seq;
          this.#wake();
        },
        onReset: (reason, position) => {
          // A database that is new has not followed anything yet.
          const level = from.epoch === '' ? 'debug' : 'warn';
          logger[level]({ reason, epoch: position.epoch }, 'the log does not go on where it was left');
          this.#newestFact = 0;
          this.#wake();
          onUncertain();
        },
        onConnection: (state) => {
          if (state === 'live') onUncertain();
        },
      },
      onError: (error) => logger.debug({ err: error }, 'the log cannot be read at the moment'),
    });
    // Not awaited: with Redis away it takes as long as that lasts.
    this.#follower.start().catch(this.#onFailedStart);
  }

  readonly #onFailedStart = (error: unknown): void => {
    if (!this.#closed) this.#options.logger.error({ err: error }, 'the log cannot be followed');
  };

  /** Resolves when the database has folded everything that was in the log when it was called. */
  async drain(): Promise<void> {
    while (!this.#closed && (await this.#foldPage()) === 'more');
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#retry);
    clearInterval(this.#trimTimer);
    this.#follower?.close();
    this.#options.subscriber.disconnect();
    await this.#starting;
    await this.#folding;
    await this.#trimming;
  }

  /** One at a time, and once more if something came meanwhile: what came in between is one batch. */
  #wake(): void {
    this.#foldAgain = true;
    if (this.#closed || this.#folding !== null) return;
    this.#folding = this.#foldUntilDone().finally(() => {
      this.#folding = null;
      if (this.#foldAgain && !this.#closed && this.#retry === undefined) this.#wake();
    });
  }

  async #foldUntilDone(): Promise<void> {
    while (this.#foldAgain && !this.#closed) {
      this.#foldAgain = false;
      try {
        await this.drain();
        await delay(FOLD_INTERVAL_MS);
      } catch (error) {
        this.#foldAgain = true;
        const cause = isRedisAway(error) ? 'redis' : 'database';
        if (cause === 'database') this.#options.logger.error({ err: error }, 'facts could not be folded');
        this.#retry = setTimeout(() => {
          this.#retry = undefined;
          this.#wake();
        }, RETRY_MS[cause]);
        return;
      }
    }
  }

  /** `more`: there may be another page. */
  async #foldPage(): Promise<'more' | 'done'> {
    const { database, redis, keys, logger } = this.#options;
    const stored = await readStoredPosition(database);
    this.#folded = stored.seq;
    let page = await readAfter(redis, keys, stored.seq);
    // Nothing was ever written to this log.
    if (page.epoch === '') return 'done';
    let after = stored.seq;
    if (page.epoch !== stored.epoch) {
      // Another life of the log: everything that it still has, since folding twice is no harm.
      after = 0;
      page = await readAfter(redis, keys, after);
    } else if (page.trimmed > after) {
      logger.error({ from: after, to: page.trimmed }, 'facts were trimmed before they were folded');
    }
    const isNew = page.epoch !== stored.epoch || page.position > stored.seq;
    if (isNew) {
      const moved = await this.#commit(stored, page);
      if (moved) {
        this.#folded = page.position;
        await this.#announce(page.epoch, page.position);
      }
      return 'more';
    }
    await this.#announce(stored.epoch, stored.seq);
    return 'done';
  }

  /** Tells the trimming how far this is; also what a crash, or a Redis that went away, kept from being told. */
  async #announce(epoch: string, seq: number): Promise<void> {
    const position = `${epoch}:${seq}`;
    if (position === this.#announced) return;
    await writeOffset(this.#options.redis, this.#options.keys, DOWNLOADS_PROJECTION, seq);
    this.#announced = position;
  }

  /** @returns false if another API has moved on meanwhile: then this page is void. */
  async #commit(stored: { epoch: string; seq: number }, page: LogPage): Promise<boolean> {
    const next = {
      epoch: page.epoch,
      last_offset: page.position,
      run_id: this.#follower?.position.epoch === page.epoch ? this.#follower.position.runId : '',
    };
    return this.#options.database
      .transaction()
      .execute(async (transaction) => {
        // First of all, so that the transaction begins with the write lock instead of failing to get it later.
        const moved = await transaction
          .updateTable('projections')
          .set(next)
          .where('name', '=', DOWNLOADS_PROJECTION)
          .where('epoch', '=', stored.epoch)
          .where('last_offset', '=', stored.seq)
          .executeTakeFirst();
        if (moved.numUpdatedRows === 0n) throw new Overtaken();
        return foldDownloads(transaction, page.events, page.epoch);
      })
      .then((statsChanged) => {
        if (statsChanged) this.#options.onStatsChanged();
        return true;
      })
      .catch((error: unknown) => {
        if (error instanceof Overtaken) return false;
        throw error;
      });
  }

  /** Only behind what has been folded; past the hard cap whatever there is, and that is an alarm. */
  async trim(): Promise<void> {
    const { redis, keys, keep, hardCap, logger, publisher } = this.#options;
    try {
      let trimmed: { deleted: number; forced: boolean };
      let lost = 0;
      do {
        trimmed = await trimFacts(redis, keys, { keep, hardCap });
        if (trimmed.forced) lost += trimmed.deleted;
      } while (trimmed.deleted > 0 && !this.#closed);
      // Once: the notification is a fact itself, and would cost the next one.
      if (lost > 0 && !this.#alarmed) {
        const message = 'Facts were deleted at the hard cap before they were folded: history has a gap';
        logger.error({ lost, hardCap }, message);
        await publisher.publish('system_notification', { level: 'error', code: 'FACTS_TRIMMED_UNREAD', message });
      }
      this.#alarmed = lost > 0;
    } catch (error) {
      if (!this.#closed && !isRedisAway(error)) logger.error({ err: error }, 'facts could not be trimmed');
    }
  }
}

class Overtaken extends Error {}
