import { hashKey, type QueryClient, type QueryKey } from '@tanstack/react-query';
import { DOWNLOAD_PROGRESS_PREFIX, QUEUE_PREFIX, type QueueFilters } from './query-keys.ts';

/** One entry of the cache while a batch is worked on. */
export interface BatchEntry {
  key: QueryKey;
  /** As changed so far; undefined: there is none. */
  data: unknown;
  isChanged: boolean;
}

export interface ListEntry extends BatchEntry {
  filters: QueueFilters;
}

/**
 * What the cache held when a batch began, and what the batch has changed of it. To find an entry costs more than to change
 * it, and a batch asks for the same few again with each event: each is looked for once.
 */
export class CacheBatch {
  readonly #client: QueryClient;
  readonly #entries = new Map<string, BatchEntry>();
  #lists: readonly ListEntry[] | null = null;
  #downloads: ReadonlyMap<unknown, BatchEntry> | null = null;

  constructor(client: QueryClient) {
    this.#client = client;
  }

  entry(key: QueryKey): BatchEntry {
    return this.#entry(key, hashKey(key));
  }

  /** Every list that is held. */
  get lists(): readonly ListEntry[] {
    this.#lists ??= this.#below(QUEUE_PREFIX).flatMap((entry) => {
      const filters = filtersOf(entry.key);
      return filters === null ? [] : [Object.assign(entry, { filters })];
    });
    return this.#lists;
  }

  /** Every download that is held by itself, by its id. */
  get downloads(): ReadonlyMap<unknown, BatchEntry> {
    this.#downloads ??= new Map(
      this.#below(DOWNLOAD_PROGRESS_PREFIX).map((entry) => [entry.key[DOWNLOAD_PROGRESS_PREFIX.length], entry]),
    );
    return this.#downloads;
  }

  forget(key: QueryKey): void {
    this.#entries.delete(hashKey(key));
  }

  /** What has changed, in the order in which it was first looked for. */
  *changed(): Iterable<BatchEntry> {
    for (const entry of this.#entries.values()) if (entry.isChanged) yield entry;
  }

  #below(prefix: QueryKey): BatchEntry[] {
    const queries = this.#client.getQueryCache().findAll({ queryKey: prefix });
    return queries.map(({ queryKey, queryHash }) => this.#entry(queryKey, queryHash));
  }

  #entry(key: QueryKey, hash: string): BatchEntry {
    const held = this.#entries.get(hash);
    if (held !== undefined) return held;
    const entry = { key, data: this.#client.getQueryCache().get(hash)?.state.data, isChanged: false };
    this.#entries.set(hash, entry);
    return entry;
  }
}

/** null for the statistics, whose key begins like those of the lists. */
export function filtersOf(key: QueryKey): QueueFilters | null {
  const filters = key[QUEUE_PREFIX.length];
  return typeof filters === 'object' && filters !== null ? filters : null;
}
