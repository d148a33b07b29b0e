import { setTimeout as delay } from 'node:timers/promises';
import type { DownloadStatus } from '@hermes/contracts';
import type { DownloadPatch, Publisher, Verdict } from '@hermes/event-log';
import type { Logger } from '@hermes/runtime';
import type { MeasuredProgress } from './progress/coalesce-progress.ts';

type Refusal = Extract<Verdict, { accepted: false }>;

/** The log has said that this attempt is over: nothing of it may be told or kept any more. */
export class AttemptLostError extends Error {
  override readonly name = 'AttemptLostError';
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    super(`the log refused this attempt: ${refusal.reason}`);
    this.refusal = refusal;
  }
}

interface HeldAttemptOptions {
  publisher: Publisher;
  downloadId: string;
  attempt: number;
  /** A process that stood still for longer than this may have lost its job meanwhile. */
  frozenAfterMs: number;
  logger: Logger;
}

/** One attempt at a download, for as long as the log says that it is ours. */
export class HeldAttempt {
  readonly number: number;
  readonly #options: HeldAttemptOptions;
  readonly #lost = new AbortController();
  readonly #heartbeat: NodeJS.Timeout;
  /** Of the wall clock: the monotonic one stands still while a machine sleeps. */
  #beatAt = Date.now();
  #doubtful = false;

  constructor(options: HeldAttemptOptions) {
    this.#options = options;
    this.number = options.attempt;
    this.#heartbeat = setInterval(() => this.#beat(), options.frozenAfterMs / 4);
    this.#heartbeat.unref();
  }

  /** Aborted, by an `AttemptLostError`, as soon as the log has refused anything. */
  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  close(): void {
    clearInterval(this.#heartbeat);
  }

  /** @returns how many downloads run. @throws if Redis is away, or with `AttemptLostError`. */
  async tellProgress(measured: MeasuredProgress): Promise<number | null> {
    const { publisher, downloadId } = this.#options;
    const progress = { download_id: downloadId, status: 'downloading' as const, ...measured };
    const verdict = await publisher.publishProgress(this.number, progress);
    this.#heed(verdict);
    return verdict.running;
  }

  /** Tells a change of status, for as long as it takes. @throws {AttemptLostError} or the reason of the signal. */
  async tell(status: DownloadStatus, patch: DownloadPatch, signal: AbortSignal): Promise<void> {
    const { publisher, downloadId, logger } = this.#options;
    this.#heed(await untilTold(() => publisher.publishStatus(downloadId, this.number, status, patch), signal, logger));
  }

  /** Asks the log, for as long as it takes. Telling what it knows already changes nothing there. */
  async confirm(signal: AbortSignal): Promise<void> {
    await this.tell('downloading', {}, signal);
  }

  /**
   * To be awaited before bytes go to disk. It costs nothing unless the process was frozen: then another worker may have
   * taken over, and the log is asked first.
   */
  async beforeWrite(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    this.#beat();
    if (!this.#doubtful) return;
    this.#options.logger.warn({ download_id: this.#options.downloadId }, 'The process stood still; asking the log');
    await this.confirm(signal);
    this.#doubtful = false;
  }

  #beat(): void {
    const now = Date.now();
    if (now - this.#beatAt > this.#options.frozenAfterMs) this.#doubtful = true;
    this.#beatAt = now;
  }

  #heed(verdict: Verdict): asserts verdict is Extract<Verdict, { accepted: true }> {
    if (verdict.accepted) return;
    const error = new AttemptLostError(verdict);
    this.#lost.abort(error);
    throw error;
  }
}

const FIRST_DELAY_MS = 100;
const MAX_DELAY_MS = 2000;

/** Tries again, ever more calmly, until Redis has answered. @throws the reason of the signal. */
export async function untilTold<T>(ask: () => Promise<T>, signal: AbortSignal, logger: Logger): Promise<T> {
  for (let wait = FIRST_DELAY_MS; ; wait = Math.min(MAX_DELAY_MS, wait * 2)) {
    signal.throwIfAborted();
    try {
      return await ask();
    } catch (error) {
      if (wait === FIRST_DELAY_MS) logger.warn({ err: error }, 'Redis did not take it; trying again');
    }
    // Jitter, so that a fleet does not come back in step.
    await delay(wait * (0.75 + Math.random() / 2), undefined, { signal }).catch(() => {});
  }
}
