import type { Counts, Download, DownloadStatus, ListDownloadsResponse } from '@hermes/contracts';
import { isLogEvent, type LogEvent, type Read, type StreamEvent } from '@hermes/react';
import { LiveCounts } from './live-counts.ts';
import { LiveRows } from './live-rows.ts';
import { RowPlaces } from './row-places.ts';

/** What the page shows of the list itself: a new object for every change of it, and none for a change of a row. */
export interface QueueListState {
  /** Of `RowPlaces`, as are these. */
  placed: readonly Download[];
  arrivals: readonly string[];
  strays: number;
  counts: Counts | null;
  hasMore: boolean;
  isLoading: boolean;
  error: Error | null;
}

export interface QueueListOptions {
  statuses: readonly DownloadStatus[];
  fetchPage: (cursor: string | null) => Promise<Read<ListDownloadsResponse>>;
  /** null: there is no such download any more. */
  fetchOne: (id: string) => Promise<Download | null>;
  onError: (error: unknown) => void;
  /** When to tell of changes: with the next frame. */
  schedule: (flush: () => void) => void;
}

const NOTHING_YET: QueueListState = {
  placed: [],
  arrivals: [],
  strays: 0,
  counts: null,
  hasMore: false,
  isLoading: true,
  error: null,
};
const STATE_KEYS = Object.keys(NOTHING_YET) as (keyof QueueListState)[];

interface Page {
  /** What it was asked for with. */
  cursor: string | null;
  ids: string[];
}

/** The downloads of some statuses, page by page, kept live by what the stream says; each stays where it is, see `RowPlaces`. */
export class QueueList {
  readonly rows: LiveRows;
  readonly #options: QueueListOptions;
  readonly #listeners = new Set<() => void>();
  readonly #counts = new LiveCounts();
  readonly #places: RowPlaces;
  readonly #pages: Page[] = [];
  #nextCursor: string | null = null;
  #epoch: string | null = null;
  #loading: Promise<void> | null = null;
  #isToldSoon = false;
  #heardAt = 0;
  #state: QueueListState = NOTHING_YET;

  constructor(options: QueueListOptions) {
    this.#options = options;
    this.rows = new LiveRows(options.schedule);
    this.#places = new RowPlaces(this.rows, options.statuses);
  }

  get = (): QueueListState => this.#state;

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** When an answer or an event last came, in milliseconds since the epoch; 0 if never. */
  get heardAt(): number {
    return this.#heardAt;
  }

  /** Reads the next page, or the first; asked for while it is under way, it is read once. */
  loadMore(): Promise<void> {
    const isFirst = this.#pages.length === 0;
    if (!isFirst && this.#nextCursor === null) return Promise.resolve();
    this.#loading ??= this.#readPage(isFirst ? null : this.#nextCursor).finally(() => {
      this.#loading = null;
    });
    return this.#loading;
  }

  /** Reads again the pages that these rows came with, and the first: for when no stream tells what changed. */
  async refresh(ids: readonly string[]): Promise<void> {
    if (this.#pages.length === 0) return this.loadMore();
    const wanted = new Set(ids);
    await this.#readAgain(this.#pages.filter((page, index) => index === 0 || page.ids.some((id) => wanted.has(id))));
  }

  receive(event: StreamEvent): void {
    this.#heardAt = Date.now();
    if (!isLogEvent(event)) {
      const hasGap = event.event === 'reset' || (event.event === 'connected' && !event.data.recovered);
      if (hasGap) void this.#readAllAgain();
      return;
    }
    if (this.#epoch !== null && this.#epoch !== event.epoch) this.rows.forgetPositions();
    this.#epoch = event.epoch;
    if (event.event === 'download_progress') this.rows.apply(event);
    else if (event.event === 'download_status') this.#applyStatus(event);
    else if (event.event === 'queue_stats') {
      this.#counts.set(event.data.counts, event);
      this.#update({});
    } else if (event.event === 'queue_update' && event.data.action === 'removed') {
      this.#counts.move(event.data.previous_status, null, event);
      this.remove([event.data.download_id]);
    }
  }

  /** Lets in what waits, and lets go what no longer belongs. */
  settle(): void {
    this.#places.settle();
    this.#update({});
  }

  /** They exist no more. */
  remove(ids: readonly string[]): void {
    this.#places.remove(ids);
    this.#update({});
  }

  #applyStatus(event: Extract<LogEvent, { event: 'download_status' }>): void {
    const { previous_status, ...download } = event.data;
    const { download_id: id, status } = download;
    this.#counts.move(previous_status, status, event);
    this.rows.apply(event);
    // Oldest first and more to come: what is new comes with its page.
    const { isNewestFirst } = this.#places;
    const isDue = this.#pages.length > 0 && (isNewestFirst || this.#nextCursor === null);
    if (!this.#places.has(id) && isDue && this.#options.statuses.includes(status)) {
      this.rows.put([{ ...download, seq: event.seq }]);
      // As if it had come with that page: if its end is missed, reading the page again finds it out.
      this.#pages.at(isNewestFirst ? 0 : -1)?.ids.push(id);
      this.#places.arrive([id]);
    }
    this.#places.judge(id);
    this.#update({});
  }

  async #readPage(cursor: string | null): Promise<void> {
    this.#update({ isLoading: true });
    try {
      const { items, next_cursor } = await this.#ask(cursor);
      const answered = items.map((row) => row.download_id);
      const fresh = answered.filter((id) => !this.#places.has(id));
      this.#pages.push({ cursor, ids: answered });
      this.#nextCursor = next_cursor;
      this.#places.append(fresh);
      for (const id of fresh) this.#places.judge(id);
      this.#update({ isLoading: false });
    } catch (error) {
      this.#fail(error);
    }
  }

  /** What happened in between nobody will tell. */
  async #readAllAgain(): Promise<void> {
    await (this.#loading ?? (this.#pages.length === 0 ? this.loadMore() : undefined));
    await this.#readAgain(this.#pages);
  }

  async #readAgain(pages: readonly Page[]): Promise<void> {
    try {
      for (const page of [...pages]) {
        const { items } = await this.#ask(page.cursor);
        const answered = items.map((row) => row.download_id);
        const fresh = answered.filter((id) => !this.#places.has(id));
        if (fresh.length > 0) this.#places.arrive(fresh);
        for (const id of answered) this.#places.judge(id);
        // What stood there and does not any more: only it can tell why.
        const present = new Set(answered);
        for (const id of page.ids) if (!present.has(id) && !this.#places.isStray(id)) await this.#askOne(id);
        page.ids = [...new Set([...page.ids, ...answered])].filter((id) => this.#places.has(id));
        this.#update({});
      }
    } catch (error) {
      this.#fail(error);
    }
  }

  async #ask(cursor: string | null): Promise<ListDownloadsResponse> {
    const { data, cursor: asOf } = await this.#options.fetchPage(cursor);
    this.rows.put(data.items);
    this.#counts.set(data.counts, asOf);
    this.#heardAt = Date.now();
    this.#update({ error: null });
    return data;
  }

  async #askOne(id: string): Promise<void> {
    if (!this.#places.has(id)) return;
    const row = await this.#options.fetchOne(id);
    if (row === null) return this.remove([id]);
    this.rows.put([row]);
    this.#places.judge(id);
  }

  #fail(error: unknown): void {
    this.#options.onError(error);
    this.#update({ isLoading: false, error: error instanceof Error ? error : new Error(String(error)) });
  }

  #update(change: Partial<QueueListState>): void {
    const before = this.#state;
    const next: QueueListState = {
      ...before,
      ...change,
      placed: this.#places.placed,
      arrivals: this.#places.arrivals,
      strays: this.#places.strays,
      counts: this.#counts.get(),
      hasMore: this.#nextCursor !== null,
    };
    // Every second the stream says how many there are, mostly as many as before.
    if (STATE_KEYS.every((key) => next[key] === before[key])) return;
    this.#state = next;
    if (this.#isToldSoon) return;
    this.#isToldSoon = true;
    this.#options.schedule(() => {
      this.#isToldSoon = false;
      for (const listener of [...this.#listeners]) listener();
    });
  }
}
