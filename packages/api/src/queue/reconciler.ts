import { isRedisAway } from '@hermes/runtime';
import type { DownloadsProjection } from '../projections/downloads-projection.ts';
import type { Service } from '../service.ts';
import { reconcile } from './reconcile.ts';

/** After a failure, milliseconds. */
const RETRY_MS = 1000;

/** Runs the reconciliation when asked, one at a time, until it has succeeded. */
export class Reconciler {
  readonly #service: Service;
  readonly #projection: DownloadsProjection;
  #asked = false;
  #running: Promise<void> | null = null;
  #retry: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(service: Service, projection: DownloadsProjection) {
    this.#service = service;
    this.#projection = projection;
  }

  request(): void {
    this.#asked = true;
    if (this.#closed || this.#running !== null) return;
    clearTimeout(this.#retry);
    this.#running = this.#runUntilDone().finally(() => {
      this.#running = null;
      if (this.#asked && !this.#closed) this.#retry = setTimeout(() => this.request(), RETRY_MS);
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#retry);
    await this.#running;
  }

  async #runUntilDone(): Promise<void> {
    while (this.#asked && !this.#closed) {
      this.#asked = false;
      try {
        const report = await reconcile(this.#service, this.#projection);
        if (Object.values(report).some((number) => number > 0)) {
          this.#service.logger.warn(report, 'the queue was reconciled with the database');
        }
      } catch (error) {
        this.#asked = true;
        if (!isRedisAway(error)) this.#service.logger.error({ err: error }, 'the queue could not be reconciled');
        return;
      }
    }
  }
}
