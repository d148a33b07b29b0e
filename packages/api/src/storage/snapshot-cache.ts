import type { Logger } from '@hermes/runtime';
import { ScanFailure } from './scan-failure.ts';
import type { Snapshot, SnapshotFile } from './snapshot-file.ts';

/** `stale`: also while there is none yet. `failed`: the last scan failed; the snapshot before it, if any, is served. */
export type SnapshotState = 'fresh' | 'stale' | 'scanning' | 'failed';

export interface SnapshotDiagnostics {
  state: SnapshotState;
  /** Milliseconds since 1970 of the scan that runs or ran last. */
  startedAt: number | null;
  finishedAt: number | null;
  /** Of the last scan that succeeded, milliseconds. */
  durationMs: number | null;
  lastError: unknown;
  /** Since this process began: scans begun, and those of them that failed. */
  scans: number;
  failures: number;
  /** Callers that found a scan under way and made do with it. */
  joined: number;
  /** Answers from a snapshot that was out of date. */
  staleServed: number;
}

interface SnapshotCacheOptions<T> {
  /** @param previous to go on from; null: begin anew. */
  scan(previous: Snapshot<T> | null, signal: AbortSignal): Promise<T>;
  file: SnapshotFile<T>;
  /** A snapshot is fresh for so long, and longer if the scan took long. */
  ttlMs: number;
  /** From the end of a scan to the next that begins by itself; likewise. */
  restMs: number;
  /** How long the first reader waits for the first scan. */
  firstWaitMs: number;
  logger: Logger;
  onScanned?(snapshot: Snapshot<T>): void;
  onEnded?(outcome: 'succeeded' | 'failed', durationMs: number): void;
  /** The wall clock. */
  now?: () => number;
}

/** Scans that begin by themselves leave ten times as long without one. */
const REST_FACTOR = 10;
/** After something has happened: what belongs to it may still be on its way to the disk. */
const SETTLE_MS = 1000;
const FIRST_BACKOFF_MS = 1000;
const MAX_BACKOFF_MS = 60_000;

/**
 * What takes long to find out, answered at once: the newest snapshot, and a scan in the background when that is out of
 * date (stale-while-revalidate). There is one scan at a time, however many ask for it. A scan that fails costs nothing
 * but time: the snapshot before it stays, and the next one waits longer and longer.
 */
export class SnapshotCache<T> {
  readonly #options: SnapshotCacheOptions<T>;
  readonly #now: () => number;
  readonly #closing = new AbortController();
  #snapshot: Snapshot<T> | null = null;
  #running: Promise<void> | null = null;
  /** Something has happened that no finished scan has seen. */
  #outdated = false;
  #failure: { error: unknown; inARow: number } | null = null;
  /** Of the monotonic clock, so that one that is set back puts nothing off: before it no scan begins by itself. */
  #restUntil = 0;
  #timer: NodeJS.Timeout | undefined;
  #persistFailed = false;
  readonly #counts = { scans: 0, failures: 0, joined: 0, staleServed: 0 };
  #startedAt: number | null = null;
  #finishedAt: number | null = null;
  #durationMs: number | null = null;

  constructor(options: SnapshotCacheOptions<T>) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
  }

  /** Takes up what an earlier process has found out. */
  async load(): Promise<void> {
    this.#snapshot = await this.#options.file.read(this.#now());
  }

  get snapshot(): Snapshot<T> | null {
    return this.#snapshot;
  }

  /** Whether more is known to have happened, or a clock that was set back has made its age unknowable, or it is old. */
  get isStale(): boolean {
    if (this.#snapshot === null || this.#outdated || this.#failure !== null) return true;
    const age = this.#now() - this.#snapshot.generatedAt;
    return age < 0 || age > this.#lasting(this.#options.ttlMs);
  }

  /**
   * The newest snapshot, at once; the very first waits for its scan, for a while.
   * @throws {ScanFailure} if there is none yet, because that scan failed or takes longer.
   */
  async read(): Promise<{ snapshot: Snapshot<T>; isStale: boolean }> {
    const isStale = this.isStale;
    if (isStale) this.#refreshInBackground();
    if (this.#snapshot !== null) {
      if (isStale) this.#counts.staleServed += 1;
      return { snapshot: this.#snapshot, isStale };
    }
    if (this.#running !== null) await this.#waitAWhile(this.#running);
    if (this.#snapshot !== null) return { snapshot: this.#snapshot, isStale: this.isStale };
    throw new ScanFailure(this.#failure?.error ?? null, this.#restMs());
  }

  /** Something has happened: the snapshot is out of date, and a scan begins soon. */
  invalidate(): void {
    this.#outdated = true;
    if (this.#timer !== undefined || this.#closing.signal.aborted) return;
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined;
        // A scan that has begun since then sees it.
        if (!this.#outdated) return;
        if (this.#running !== null) void this.#running.then(() => this.invalidate());
        // One that has failed meanwhile, or a timer that came a moment early.
        else if (this.#restMs() > 0) this.invalidate();
        else this.#begin(this.#snapshot);
      },
      Math.max(SETTLE_MS, this.#restMs()),
    );
    this.#timer.unref();
  }

  /** Begins a scan from nothing, whatever failed before; or joins the one that runs. */
  rescan(): void {
    if (this.#running !== null) this.#counts.joined += 1;
    else this.#begin(null);
  }

  get diagnostics(): SnapshotDiagnostics {
    return {
      state: this.#state(),
      startedAt: this.#startedAt,
      finishedAt: this.#finishedAt,
      durationMs: this.#durationMs,
      lastError: this.#failure?.error ?? null,
      ...this.#counts,
    };
  }

  /** Ends a scan that runs; one that hangs in the system is left to itself. */
  close(): void {
    clearTimeout(this.#timer);
    this.#closing.abort(new Error('the service stops'));
  }

  #state(): SnapshotState {
    if (this.#running !== null) return 'scanning';
    if (this.#failure !== null) return 'failed';
    return this.isStale ? 'stale' : 'fresh';
  }

  #refreshInBackground(): void {
    if (this.#running !== null) this.#counts.joined += 1;
    else if (this.#restMs() === 0) this.#begin(this.#snapshot);
  }

  #restMs(): number {
    return Math.max(0, this.#restUntil - performance.now());
  }

  #lasting(ms: number): number {
    return Math.max(ms, REST_FACTOR * (this.#durationMs ?? 0));
  }

  #begin(previous: Snapshot<T> | null): void {
    if (this.#closing.signal.aborted) return;
    this.#counts.scans += 1;
    this.#running = this.#scan(previous).finally(() => {
      this.#running = null;
    });
  }

  /** Never rejects. */
  async #scan(previous: Snapshot<T> | null): Promise<void> {
    const { scan, logger, onScanned, onEnded } = this.#options;
    const { signal } = this.#closing;
    const began = performance.now();
    // What happens from here on may be missed by this scan.
    this.#outdated = false;
    this.#startedAt = this.#now();
    this.#finishedAt = null;
    try {
      const data = await scan(previous, signal);
      signal.throwIfAborted();
      // As of its beginning: that is what everything in it is at least as new as.
      this.#snapshot = { generatedAt: this.#startedAt, data };
      this.#failure = null;
      this.#durationMs = performance.now() - began;
      this.#restUntil = performance.now() + this.#lasting(this.#options.restMs);
      onEnded?.('succeeded', this.#durationMs);
    } catch (error) {
      if (signal.aborted) return;
      this.#fail(error);
      logger.warn({ err: error, in_a_row: this.#failure?.inARow }, 'A scan failed');
      onEnded?.('failed', performance.now() - began);
      return;
    } finally {
      this.#finishedAt = this.#now();
    }
    await this.#persist(this.#snapshot);
    onScanned?.(this.#snapshot);
  }

  #fail(error: unknown): void {
    const inARow = (this.#failure?.inARow ?? 0) + 1;
    const backoff = Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** Math.min(inARow - 1, 10));
    this.#counts.failures += 1;
    this.#failure = { error, inARow };
    this.#restUntil = performance.now() + backoff;
  }

  /** That it cannot be kept is no reason not to serve it. */
  async #persist(snapshot: Snapshot<T>): Promise<void> {
    try {
      await this.#options.file.write(snapshot);
      this.#persistFailed = false;
    } catch (error) {
      if (!this.#persistFailed) this.#options.logger.warn({ err: error }, 'A snapshot could not be kept');
      this.#persistFailed = true;
    }
  }

  async #waitAWhile(running: Promise<void>): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const bound = new Promise<void>((done) => {
      timer = setTimeout(done, this.#options.firstWaitMs);
    });
    await Promise.race([running, bound]);
    clearTimeout(timer);
  }
}
