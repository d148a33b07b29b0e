import { type Download, type DownloadProgress, isFinalStatus, type Snapshot } from '@hermes/contracts';
import { CommandError, readStream, type ServerAccess, type StreamedEvent } from '../server-client.ts';
import { listDownloads, readDownload } from './download-calls.ts';

export interface FollowOptions {
  /** Only these, until each has ended; null: everything, until `signal` aborts. */
  ids: readonly string[] | null;
  signal: AbortSignal;
  /** Called with the downloads that have changed. */
  onChange(changed: readonly Download[], all: ReadonlyMap<string, Download>): void;
  /** What a person who waits should know. */
  onTrouble(text: string): void;
}

/** The server says something at least every 30 s, unless it is set otherwise. */
const SILENCE_MS = 90_000;
/** Read as a list at once: ten pages, which every two seconds is half of what the default rate limit allows. */
const MOST_LISTED = 1000;
/** Read one by one at once. */
const MOST_READ = 20;

/** What is known of the downloads that a command follows. */
export class FollowedDownloads {
  readonly #known = new Map<string, Download>();
  readonly #ids: ReadonlySet<string> | null;
  readonly #access: ServerAccess;
  readonly #options: FollowOptions;

  constructor(access: ServerAccess, options: FollowOptions) {
    this.#access = access;
    this.#options = options;
    this.#ids = options.ids === null ? null : new Set(options.ids);
  }

  get downloads(): ReadonlyMap<string, Download> {
    return this.#known;
  }

  get isDone(): boolean {
    if (this.#options.signal.aborted) return true;
    return this.#ids !== null && [...this.#ids].every((id) => this.#hasEnded(id));
  }

  /** Brings all of them up to date, once. */
  async read(): Promise<void> {
    const listed = new Set<string>();
    if (this.#ids === null || this.#ids.size > MOST_READ) {
      const { items } = await listDownloads(this.#access, undefined, MOST_LISTED);
      for (const { download_id } of items) listed.add(download_id);
      this.#take(items);
    }
    await this.#readOthers(listed, MOST_READ);
  }

  /** Follows the stream until it ends, falls silent, or there is nothing left to wait for. */
  async stream(): Promise<void> {
    const attempt = new AbortController();
    const signal = AbortSignal.any([this.#options.signal, attempt.signal]);
    const silence = setTimeout(() => attempt.abort(), SILENCE_MS);
    const told = new Set<string>();
    let failure: unknown;
    let checked = Promise.resolve();
    const onEvent = (event: StreamedEvent) => {
      silence.refresh();
      this.#apply(event, told);
      // What had ended before the stream began is in no snapshot, and no event will tell of it.
      if (event.event === 'snapshot' && (event.data as Snapshot).last) {
        checked = this.#readOthers(told, Number.POSITIVE_INFINITY).catch((error: unknown) => {
          failure = error;
          attempt.abort();
        });
        void checked.then(() => this.isDone && attempt.abort());
      }
      if (this.isDone) attempt.abort();
    };
    try {
      await readStream(this.#access, '/events/stream?channels=downloads', undefined, signal, onEvent);
    } catch (error) {
      // A connection that breaks off is what a TypeError tells of: the stream has ended.
      if (!signal.aborted && !(error instanceof TypeError)) throw error;
    } finally {
      clearTimeout(silence);
      await checked;
    }
    if (failure !== undefined) throw failure;
  }

  /** Reads by itself what has not ended as far as is known, and is not among those that were told of just now. */
  async #readOthers(told: ReadonlySet<string>, most: number): Promise<void> {
    const others = [...(this.#ids ?? this.#known.keys())].filter((id) => !told.has(id) && !this.#hasEnded(id));
    for (const id of others.slice(0, most)) {
      if (this.#options.signal.aborted) return;
      const download = await readDownload(this.#access, id);
      if (download !== null) this.#take([download]);
      else if (this.#ids !== null) throw new CommandError(`There is no download ${id}.`);
      else this.#known.delete(id);
    }
  }

  #apply({ event, data }: StreamedEvent, told: Set<string>): void {
    if (event === 'snapshot') {
      const { downloads } = data as Snapshot;
      for (const { download_id } of downloads) told.add(download_id);
      this.#take(downloads);
    } else if (event === 'download_status') {
      this.#take([data as unknown as Download]);
    } else if (event === 'download_progress') {
      const progress = data as unknown as DownloadProgress;
      const known = this.#known.get(progress.download_id);
      if (known !== undefined && !isFinalStatus(known.status)) this.#take([{ ...known, ...progress }]);
    }
  }

  /** The newer of what is known and what has come stays. */
  #take(downloads: readonly Download[]): void {
    const changed = downloads.filter((download) => {
      if (this.#ids !== null && !this.#ids.has(download.download_id)) return false;
      return (this.#known.get(download.download_id)?.seq ?? -1) <= download.seq;
    });
    for (const download of changed) this.#known.set(download.download_id, download);
    if (changed.length > 0) this.#options.onChange(changed, this.#known);
  }

  #hasEnded(id: string): boolean {
    const download = this.#known.get(id);
    return download !== undefined && isFinalStatus(download.status);
  }
}
