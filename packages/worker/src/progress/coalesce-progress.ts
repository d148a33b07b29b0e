import { type DownloadProgress, TICK_SPREAD_MS_PER_DOWNLOAD, untilTick } from '@hermes/contracts';
import type { EngineProgress } from '../engines/engine.ts';
import { SpeedMeter } from './speed-meter.ts';

/** Even where 1 % is a moment, or the next tick near. */
const MIN_INTERVAL_MS = 50;
/** While nothing comes, this tells the log that we are alive, and us that the attempt still holds. */
const IDLE_INTERVAL_MS = 1000;
const STEP_PERCENT = 1;

export type MeasuredProgress = Omit<DownloadProgress, 'download_id' | 'status'>;

interface CoalescerOptions {
  /** `HERMES_PROGRESS_INTERVAL_MS` */
  intervalMs: number;
  /** Where an earlier attempt had come to. */
  start: EngineProgress;
  /**
   * Rejects while Redis is away: the newest is then kept, and tried again.
   * @returns how many downloads run, here and elsewhere; null: not known
   */
  publish(progress: MeasuredProgress): Promise<number | null>;
}

/**
 * From every write to what is worth telling: at each tick of the clock that all share, or earlier by steps of 1 %; the
 * newest wins, and a call never overlaps with the one before. While nothing moves the newest is told again once a second,
 * its speed sinking.
 */
export class ProgressCoalescer {
  readonly #options: CoalescerOptions;
  readonly #meter: SpeedMeter;
  /** Where in the spread this one tells: from 0, at the tick, to 1. */
  readonly #place = Math.random();
  #running = 1;
  #newest: EngineProgress;
  #publishedPercent = 0;
  #publishedAt: number;
  #dirty = false;
  #timer: NodeJS.Timeout | undefined;
  #timerAt = Number.POSITIVE_INFINITY;
  #inFlight: Promise<void> | null = null;
  #stopped = false;

  constructor(options: CoalescerOptions) {
    this.#options = options;
    this.#newest = options.start;
    this.#publishedPercent = percentOf(options.start) ?? 0;
    this.#publishedAt = performance.now();
    this.#meter = new SpeedMeter(options.start.downloadedBytes, this.#publishedAt);
    this.#schedule();
  }

  update(progress: EngineProgress): void {
    this.#newest = progress;
    this.#dirty = true;
    this.#schedule();
  }

  /** Nothing is published after this has resolved. @returns the newest there was. */
  async stop(): Promise<EngineProgress> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#inFlight;
    return this.#newest;
  }

  #schedule(): void {
    if (this.#stopped || this.#inFlight !== null) return;
    const at = this.#dueAt();
    // An earlier timer finds out by itself that there is more to tell. The clocks are read to a millisecond.
    if (at >= this.#timerAt - 1) return;
    clearTimeout(this.#timer);
    this.#timerAt = at;
    this.#timer = setTimeout(() => this.#fire(), Math.max(0, at - performance.now()));
  }

  /** @returns when to tell next, of `performance.now()` */
  #dueAt(): number {
    const { intervalMs } = this.#options;
    if (!this.#dirty) return this.#publishedAt + Math.max(IDLE_INTERVAL_MS, intervalMs);
    const soonest = this.#publishedAt + Math.min(MIN_INTERVAL_MS, intervalMs);
    const percent = percentOf(this.#newest);
    const stepped = percent !== null && Math.abs(percent - this.#publishedPercent) >= STEP_PERCENT;
    if (stepped) return soonest;
    const ahead = this.#place * Math.min(intervalMs, this.#running * TICK_SPREAD_MS_PER_DOWNLOAD);
    return nextTick(intervalMs, soonest + ahead) - ahead;
  }

  #fire(): void {
    this.#timerAt = Number.POSITIVE_INFINITY;
    const now = performance.now();
    const measured = measure(this.#newest, this.#meter.sample(this.#newest.downloadedBytes, now));
    this.#dirty = false;
    this.#publishedAt = now;
    this.#publishedPercent = percentOf(this.#newest) ?? 0;
    this.#inFlight = this.#options
      .publish(measured)
      .then((running) => {
        this.#running = running ?? this.#running;
      })
      .catch(() => {
        this.#dirty = true;
      })
      .finally(() => {
        this.#inFlight = null;
        this.#schedule();
      });
  }
}

/** The wall clock only says how far the tick is: where it is set, one interval is shorter or longer, and no more. */
function nextTick(intervalMs: number, soonest: number): number {
  const now = performance.now();
  const from = Math.max(now, soonest);
  return from + untilTick(intervalMs, Date.now() + from - now);
}

function measure(progress: EngineProgress, speed: number | null): MeasuredProgress {
  const { downloadedBytes, totalBytes, stage } = progress;
  const percent = percentOf(progress);
  const remaining = remainingBytes(progress);
  return {
    ...(stage === undefined ? {} : { stage }),
    // Rounded down: 100 is for what is whole.
    progress: percent === null ? null : Math.floor(percent * 100) / 100,
    downloaded_bytes: downloadedBytes,
    total_bytes: totalBytes,
    download_speed: speed === null ? null : Math.round(speed),
    eta: remaining === null || speed === null || speed < 1 ? null : Math.ceil(remaining / speed),
  };
}

function remainingBytes({ downloadedBytes, totalBytes, fraction }: EngineProgress): number | null {
  if (totalBytes !== null) return Math.max(0, totalBytes - downloadedBytes);
  return fraction ? downloadedBytes / fraction - downloadedBytes : null;
}

function percentOf({ downloadedBytes, totalBytes, fraction }: EngineProgress): number | null {
  if (fraction !== undefined) return fraction === null ? null : Math.min(100, fraction * 100);
  if (totalBytes === null) return null;
  return totalBytes === 0 ? 100 : Math.min(100, (downloadedBytes / totalBytes) * 100);
}
