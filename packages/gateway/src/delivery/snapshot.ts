import { type Counts, type Cursor, formatCursor, type Keyspace } from '@hermes/contracts';
import { readCounts, readDownload, readPosition, readSnapshot } from '@hermes/event-log';
import type { Redis } from 'ioredis';
import type { Hub } from '../hub/hub.ts';
import type { Subscription } from '../hub/subscription.ts';
import { encodeFrame } from '../sse/encode-frame.ts';

/** Past these the downloads are only counted: nobody draws more rows at once, and a queue can be very long. */
const MAX_DOWNLOADS = 1000;
const PAGE_SIZE = 100;
const MAX_AGE_MS = 1000;

/** What is not final, encoded in pages, true as of `cursor`. */
export interface SharedSnapshot {
  cursor: Cursor;
  /** How many are shown; not how many there are. */
  downloads: number;
  pages: readonly Buffer[];
}

interface Snapshots {
  whole: SharedSnapshot;
  /** For those who may only have the numbers. */
  counts: SharedSnapshot;
}

/**
 * Reads snapshots, one for all who ask at about the same time: what has happened since is added from the hub's recent
 * window, so that a thousand clients that come back at once cost Redis one read.
 */
export class SnapshotSource {
  readonly #redis: Redis;
  readonly #keys: Keyspace;
  readonly #hub: Hub;
  #latest: { snapshots: Snapshots; readAt: number } | null = null;
  #reading: Promise<Snapshots> | null = null;

  constructor(redis: Redis, keys: Keyspace, hub: Hub) {
    this.#redis = redis;
    this.#keys = keys;
    this.#hub = hub;
  }

  async #read(): Promise<Snapshots> {
    const latest = this.#latest;
    if (
      latest !== null &&
      performance.now() - latest.readAt < MAX_AGE_MS &&
      this.#isCovered(latest.snapshots.whole.cursor)
    ) {
      return latest.snapshots;
    }
    this.#reading ??= this.#readAll().finally(() => {
      this.#reading = null;
    });
    return this.#reading;
  }

  /** What a subscription begins with; no pages for topics that have no downloads to show. */
  async readFor({ download, topics }: Subscription): Promise<SharedSnapshot> {
    if (download !== null) return this.#readOne(download);
    if (topics.includes('downloads') || topics.includes('queue')) return (await this.#read()).whole;
    if (topics.includes('stats')) return (await this.#read()).counts;
    return { cursor: this.#hub.position, downloads: 0, pages: [] };
  }

  /** Of one download, which the log may not know. */
  async #readOne(id: string): Promise<SharedSnapshot> {
    // Read before the data: what is told twice is recognised, what is left out is not.
    const cursor = await readPosition(this.#redis, this.#keys);
    const [download, counts] = await Promise.all([
      readDownload(this.#redis, this.#keys, id),
      readCounts(this.#redis, this.#keys),
    ]);
    const downloads = download === null ? [] : [JSON.stringify(download)];
    return { cursor, downloads: downloads.length, pages: encodePages(cursor, counts, downloads) };
  }

  async #readAll(): Promise<Snapshots> {
    const { cursor, counts, downloads } = await readSnapshot(this.#redis, this.#keys, null, MAX_DOWNLOADS);
    const snapshots = {
      whole: { cursor, downloads: downloads.length, pages: encodePages(cursor, counts, downloads) },
      counts: { cursor, downloads: 0, pages: encodePages(cursor, counts, []) },
    };
    this.#latest = { snapshots, readAt: performance.now() };
    return snapshots;
  }

  #isCovered(cursor: Cursor): boolean {
    return cursor.epoch === this.#hub.position.epoch && cursor.seq >= this.#hub.window.start;
  }
}

function encodePages(cursor: Cursor, counts: Counts, downloads: readonly string[]): Buffer[] {
  const pages: Buffer[] = [];
  const total = Math.max(1, Math.ceil(downloads.length / PAGE_SIZE));
  for (let page = 1; page <= total; page++) {
    const last = page === total;
    const part = downloads.slice((page - 1) * PAGE_SIZE, page * PAGE_SIZE);
    const data = `{"downloads":[${part.join(',')}],"counts":${JSON.stringify(counts)},"page":${page},"last":${last}}`;
    // Only the last page may be come back to: a client that has seen half a snapshot has seen none.
    pages.push(encodeFrame({ ...(last ? { id: formatCursor(cursor) } : {}), event: 'snapshot', data }));
  }
  return pages;
}
