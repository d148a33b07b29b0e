import { PERIODS, type Period } from '@hermes/contracts';
import type { Publisher } from '@hermes/event-log';
import { isRedisAway, type Logger } from '@hermes/runtime';
import type { Database } from '../database/open-database.ts';
import { readStats } from './read-stats.ts';

interface AnalyticsOptions {
  database: Database;
  publisher: Publisher;
  logger: Logger;
}

/** However much is folded, pages are told at most this often. */
const INTERVAL_MS = 2000;

/** Tells pages that show statistics what they are now: one state a period, and only those that have changed. */
export class AnalyticsPublisher {
  readonly #options: AnalyticsOptions;
  readonly #published = new Map<Period, string>();
  #timer: NodeJS.Timeout | undefined;
  #publishing: Promise<void> | null = null;
  /** On the clock that does not jump. */
  #earliest = 0;
  #closed = false;

  constructor(options: AnalyticsOptions) {
    this.#options = options;
  }

  /** The statistics have changed; to be called by whoever changed them, as often as it likes. */
  changed(): void {
    if (this.#closed || this.#timer !== undefined) return;
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined;
        this.#earliest = performance.now() + INTERVAL_MS;
        this.#publishing = this.#publish();
      },
      Math.max(0, this.#earliest - performance.now()),
    );
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#publishing;
  }

  async #publish(): Promise<void> {
    const { database, publisher, logger } = this.#options;
    try {
      const now = new Date();
      for (const period of PERIODS) {
        const stats = await readStats(database, period, now);
        const text = JSON.stringify(stats);
        if (text === this.#published.get(period)) continue;
        await publisher.publish('analytics_update', stats);
        this.#published.set(period, text);
      }
    } catch (error) {
      if (this.#closed) return;
      // The newest is still owed.
      this.changed();
      if (!isRedisAway(error)) logger.error({ err: error }, 'the statistics could not be published');
    }
  }
}
