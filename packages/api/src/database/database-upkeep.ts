import type { Keyspace } from '@hermes/contracts';
import type { Publisher } from '@hermes/event-log';
import type { Logger } from '@hermes/runtime';
import type { Redis } from 'ioredis';
import { sql } from 'kysely';
import { pruneHistory } from '../history/prune-history.ts';
import { checkpoint } from './checkpoint.ts';
import type { Database } from './open-database.ts';

interface UpkeepOptions {
  database: Database;
  redis: Redis;
  keys: Keyspace;
  publisher: Publisher;
  logger: Logger;
  /** `HERMES_HISTORY_RETENTION_DAYS`; null: for ever. */
  retentionDays: number | null;
}

const INTERVAL_MS = 60_000;
const PRUNE_INTERVAL_MS = 3_600_000;
/** Who knows that the database is full does not have to be told with every request. */
const ALARM_INTERVAL_MS = 600_000;
const DAY_MS = 86_400_000;

/** Prunes what is too old, keeps the files of the database small, and raises the alarm when it is full. */
export class DatabaseUpkeep {
  readonly #options: UpkeepOptions;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | null = null;
  #prunedAt = Number.NEGATIVE_INFINITY;
  #alarmedAt = Number.NEGATIVE_INFINITY;
  #changes = 0;

  constructor(options: UpkeepOptions) {
    this.#options = options;
  }

  start(): void {
    this.#run();
    this.#timer = setInterval(() => this.#run(), INTERVAL_MS);
    this.#timer.unref();
  }

  /** A write has found no space: says so to everyone, and makes what space the policy allows. */
  reportFull(): void {
    const now = performance.now();
    if (now - this.#alarmedAt < ALARM_INTERVAL_MS) return;
    this.#alarmedAt = now;
    const { logger, publisher, retentionDays } = this.#options;
    const message =
      'The database has no space left: new downloads are refused, and history waits in Redis until there is some';
    logger.error({ retention_days: retentionDays }, message);
    publisher
      .publish('system_notification', { level: 'error', code: 'DATABASE_FULL', message })
      .catch((error: unknown) => {
        // The next write that fails tells.
        this.#alarmedAt = Number.NEGATIVE_INFINITY;
        logger.debug({ err: error }, 'the alarm could not be published');
      });
    this.#prunedAt = Number.NEGATIVE_INFINITY;
    this.#run();
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#running;
    await checkpoint(this.#options.database).catch((error: unknown) => {
      this.#options.logger.warn({ err: error }, 'the database could not be brought into one file');
    });
  }

  #run(): void {
    this.#running ??= this.#tidy()
      .catch((error: unknown) => this.#options.logger.error({ err: error }, 'the upkeep of the database failed'))
      .finally(() => {
        this.#running = null;
      });
  }

  async #tidy(): Promise<void> {
    const { database } = this.#options;
    let hasPruned = false;
    if (performance.now() - this.#prunedAt >= PRUNE_INTERVAL_MS) {
      hasPruned = await this.#prune();
      this.#prunedAt = performance.now();
    }
    const { rows } = await sql<{ changes: number }>`select total_changes() as changes`.execute(database);
    const changes = rows[0]?.changes ?? 0;
    const isIdle = changes === this.#changes;
    this.#changes = changes;
    if (isIdle || hasPruned) await checkpoint(database);
  }

  async #prune(): Promise<boolean> {
    const { database, redis, keys, retentionDays, logger } = this.#options;
    let pruned = 0;
    if (retentionDays !== null) {
      pruned = await pruneHistory(database, new Date(Date.now() - retentionDays * DAY_MS).toISOString());
      if (pruned > 0) logger.info({ pruned, retention_days: retentionDays }, 'old history was deleted');
    }
    // What the log can no longer tell of need not be remembered as removed. With Redis away: another time.
    const trimmed = await redis.get(keys.trimmed).catch(() => null);
    if (trimmed !== null) {
      await database.deleteFrom('removed_downloads').where('seq', '<=', Number(trimmed)).execute();
    }
    return pruned > 0;
  }
}
