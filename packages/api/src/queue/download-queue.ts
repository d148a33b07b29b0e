import { DOWNLOAD_QUEUE, type DownloadJob, downloadJobOptions, type Keyspace } from '@hermes/contracts';
import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import type { DownloadStore } from '../database/download-store.ts';

export interface QueuedDownload {
  job: DownloadJob;
  /** See `queueRank`. */
  rank: number;
}

/**
 * A bound for what is left behind by a crash, seconds. A download that waits for longer fails as SECRETS_UNAVAILABLE;
 * every start of an API, and every interruption of Redis, begins it anew.
 */
const SECRETS_TTL_SECONDS = 30 * 24 * 3600;

/** The producing end of the BullMQ queue that workers take downloads from. */
export class DownloadQueue {
  readonly #redis: Redis;
  readonly #keys: Keyspace;
  readonly #downloads: Pick<DownloadStore, 'findSecrets'>;
  readonly #onError: (error: Error) => void;
  #opened: Promise<Queue<DownloadJob>> | null = null;

  /** @param redis of the role `commands`; it is used, not owned. */
  constructor(
    redis: Redis,
    keys: Keyspace,
    downloads: Pick<DownloadStore, 'findSecrets'>,
    onError: (error: Error) => void,
  ) {
    this.#redis = redis;
    this.#keys = keys;
    this.#downloads = downloads;
    this.#onError = onError;
  }

  /**
   * Enqueues what is not enqueued yet: the job's id is the download's, so a second time changes nothing. Its secrets are
   * there before the job is.
   */
  async add(downloads: readonly QueuedDownload[]): Promise<void> {
    if (downloads.length === 0) return;
    const queue = await this.#open();
    await this.handOverSecrets(downloads.filter(({ job }) => job.with_secrets).map(({ job }) => job.download_id));
    await queue.addBulk(
      downloads.map(({ job, rank }) => ({
        name: 'download',
        data: job,
        opts: downloadJobOptions(job.download_id, rank),
      })),
    );
  }

  /** Takes jobs out that wait. One that a worker holds stays: the worker is told by other means. */
  async remove(ids: readonly string[]): Promise<void> {
    const queue = await this.#open();
    await Promise.all(ids.map((id) => queue.remove(id)));
  }

  /** Gives jobs another rank, in the order of `ids`; one that is under way has it for its next try. */
  async changeRanks(ids: readonly string[], rank: number): Promise<void> {
    const queue = await this.#open();
    const jobs = await Promise.all(ids.map((id) => queue.getJob(id)));
    // Refused where it has ended meanwhile.
    await Promise.all(jobs.map((job) => job?.changePriority({ priority: rank }).catch(() => {})));
  }

  /** What waits for its next try needs not wait any longer. */
  async promote(ids: readonly string[]): Promise<void> {
    const queue = await this.#open();
    const jobs = await Promise.all(ids.map((id) => queue.getJob(id)));
    // Refused where it is not delayed, or not any more.
    await Promise.all(jobs.map((job) => (job !== undefined && job.delay > 0 ? job.promote().catch(() => {}) : null)));
  }

  /** All that have not ended. */
  async countJobs(): Promise<number> {
    const queue = await this.#open();
    const counts = await queue.getJobCounts('wait', 'prioritized', 'delayed', 'active');
    return Object.values(counts).reduce((sum, count) => sum + count, 0);
  }

  /** What only the workers may know, if there is anything. */
  async handOverSecrets(ids: readonly string[]): Promise<void> {
    for (const [id, sealed] of await this.#downloads.findSecrets(ids)) {
      await this.#redis.set(this.#keys.secrets(id), sealed, 'EX', SECRETS_TTL_SECONDS);
    }
  }

  async close(): Promise<void> {
    await (await this.#opened)?.close();
  }

  /** BullMQ asks Redis at once, and a queue that got no answer then stays broken: so it is opened when it is needed. */
  #open(): Promise<Queue<DownloadJob>> {
    this.#opened ??= this.#tryToOpen().catch((error: unknown) => {
      this.#opened = null;
      throw error;
    });
    return this.#opened;
  }

  async #tryToOpen(): Promise<Queue<DownloadJob>> {
    await this.#redis.ping();
    const queue = new Queue<DownloadJob>(DOWNLOAD_QUEUE, {
      connection: this.#redis,
      prefix: this.#keys.bullPrefix,
      // A request is answered with 503 at once instead of waiting for Redis to come back.
      skipWaitingForReady: true,
    });
    queue.on('error', this.#onError);
    await queue.waitUntilReady();
    return queue;
  }
}
