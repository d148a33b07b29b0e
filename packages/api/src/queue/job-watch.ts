import { readCounts } from '@hermes/event-log';
import { isRedisAway } from '@hermes/runtime';
import type { Service } from '../service.ts';

/**
 * Looks now and then whether every download that waits or runs has a job: a worker that is killed between ending a job and
 * adding the next one leaves a download that nobody would ever take. It compares two numbers only; while downloads are
 * added they may differ for a moment, so they must have differed twice. Jobs too many are no harm: a worker drops them.
 */
export class JobWatch {
  readonly #service: Service;
  readonly #timer: NodeJS.Timeout;
  #looking: Promise<void> | null = null;
  #suspicious = false;

  constructor(service: Service, intervalMs: number) {
    this.#service = service;
    this.#timer = setInterval(() => {
      this.#looking ??= this.#look().finally(() => {
        this.#looking = null;
      });
    }, intervalMs);
    this.#timer.unref();
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#looking;
  }

  async #look(): Promise<void> {
    const { redis, keys, queue, logger, requestReconcile } = this.#service;
    try {
      const [{ queued, downloading, processing }, jobs] = await Promise.all([
        readCounts(redis, keys),
        queue.countJobs(),
      ]);
      const missing = queued + downloading + processing - jobs;
      if (missing > 0 && this.#suspicious) {
        logger.warn({ missing }, 'downloads have no job');
        requestReconcile();
      }
      this.#suspicious = missing > 0 && !this.#suspicious;
    } catch (error) {
      // When it is back everything is reconciled anyway.
      this.#suspicious = false;
      if (!isRedisAway(error)) logger.warn({ err: error }, 'the jobs of the queue could not be counted');
    }
  }
}
