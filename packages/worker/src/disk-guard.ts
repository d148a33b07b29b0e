import { type DiskLevel, DiskWatch, type DiskWatchOptions, type Logger } from '@hermes/runtime';
import type { Worker } from 'bullmq';

/**
 * Keeps a worker from beginning anything while its disk is all but full, and lets it go on by itself when there is space.
 * What it has begun goes on: that may well fit, and fails as `DISK_FULL` only if it does not.
 */
export class DiskGuard {
  readonly #watch: DiskWatch;
  readonly #logger: Logger;
  #worker: Pick<Worker, 'pause' | 'resume'> | null = null;

  constructor(options: Omit<DiskWatchOptions, 'onLevel' | 'onSpace'>) {
    this.#logger = options.logger;
    this.#watch = new DiskWatch({ ...options, onLevel: (level) => this.#heed(level) });
  }

  /** Whether nothing new may begin. */
  get isStopped(): boolean {
    return this.#watch.level === 'stop';
  }

  /** Resolves when it is known how full the disk is. */
  async start(): Promise<void> {
    await this.#watch.start();
  }

  /** From here on the worker is held back, now and whenever the disk is that full. */
  hold(worker: Pick<Worker, 'pause' | 'resume'>): void {
    this.#worker = worker;
    if (this.isStopped) this.#heed('stop');
  }

  close(): void {
    this.#worker = null;
    this.#watch.close();
  }

  #heed(level: DiskLevel): void {
    const worker = this.#worker;
    if (worker === null) return;
    if (level === 'stop') this.#logger.warn('The disk is all but full: no new downloads begin');
    // Pausing does not wait for what runs. Neither fails but with Redis away, and the state of the worker is set first.
    const done = level === 'stop' ? worker.pause(true) : worker.resume();
    Promise.resolve(done).catch((error: unknown) => this.#logger.debug({ err: error }, 'Queue'));
  }
}
