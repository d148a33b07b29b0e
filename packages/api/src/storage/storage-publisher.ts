import type { Storage } from '@hermes/contracts';
import type { Publisher } from '@hermes/event-log';
import { isRedisAway, type Logger } from '@hermes/runtime';

const INTERVAL_MS = 5000;
/** What the free space moves by all the time is no news. */
const NEWS_BYTES = 64 * 1024 * 1024;
const NEWS_SHARE = 0.002;

/** Tells the stream what the disk holds, when that has become something else, and at most every five seconds. */
export class StoragePublisher {
  readonly #publisher: Pick<Publisher, 'publish'>;
  readonly #logger: Logger;
  readonly #current: () => Storage | null;
  #told: Storage | null = null;
  /** Of the monotonic clock. */
  #notBefore = 0;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(publisher: Pick<Publisher, 'publish'>, logger: Logger, current: () => Storage | null) {
    this.#publisher = publisher;
    this.#logger = logger;
    this.#current = current;
  }

  /** Tells soon, if there is something to tell. What cannot be told is told when this is called the next time. */
  consider(): void {
    if (this.#closed || this.#timer !== undefined || !this.#hasNews()) return;
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined;
        void this.#tell();
      },
      Math.max(0, this.#notBefore - performance.now()),
    );
    this.#timer.unref();
  }

  /** What is considered next is told, whether it is news or not: someone has asked for it. */
  insist(): void {
    this.#told = null;
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  #hasNews(): boolean {
    const current = this.#current();
    return current !== null && (this.#told === null || isNews(this.#told, current));
  }

  async #tell(): Promise<void> {
    const current = this.#current();
    if (this.#closed || current === null) return;
    this.#notBefore = performance.now() + INTERVAL_MS;
    const before = this.#told;
    this.#told = current;
    try {
      await this.#publisher.publish('storage_update', current);
    } catch (error) {
      this.#told = before;
      if (!this.#closed && !isRedisAway(error)) this.#logger.error({ err: error }, 'storage_update was not published');
    }
  }
}

function isNews(told: Storage, current: Storage): boolean {
  return (
    told.downloads_count !== current.downloads_count ||
    told.downloads_size !== current.downloads_size ||
    told.total_space !== current.total_space ||
    told.level !== current.level ||
    Math.abs(told.free_space - current.free_space) >= Math.max(NEWS_BYTES, NEWS_SHARE * current.total_space)
  );
}
