import type { Download, Topic } from '@hermes/contracts';
import { notifyManager, type QueryClient, type QueryKey } from '@tanstack/react-query';
import type { CachedQueueStats, QueueList } from './apply-event.ts';
import { type BatchEntry, CacheBatch, filtersOf } from './cache-batch.ts';
import {
  ANALYTICS_PREFIX,
  DOWNLOAD_PROGRESS_PREFIX,
  HISTORY_PREFIX,
  QUEUE_PREFIX,
  type QueueFilters,
  queryKeys,
  TIMELINE_PREFIX,
} from './query-keys.ts';

/**
 * What the cache holds of that which a stream brings. Nothing is written that has not changed, and each entry once for all
 * that is done within `together`: a write wakes every observer.
 */
export class CacheEntries {
  readonly #client: QueryClient;
  /** Null when nothing is done together. */
  #batch: CacheBatch | null = null;

  constructor(client: QueryClient) {
    this.#client = client;
  }

  together(change: () => void): void {
    this.#within(change);
  }

  read<Data>(key: QueryKey): Data | undefined {
    return this.#batch === null ? this.#client.getQueryData<Data>(key) : (this.#batch.entry(key).data as Data);
  }

  write(key: QueryKey, data: unknown): void {
    this.#within((batch) => put(batch.entry(key), data));
  }

  updateDownload(id: string, change: (held: Download, key: QueryKey) => Download): void {
    this.#within(({ downloads }) => {
      const entry = downloads.get(id);
      if (entry !== undefined) update(entry, change);
    });
  }

  updateDownloads(change: (held: Download, key: QueryKey) => Download): void {
    this.#within(({ downloads }) => {
      for (const entry of downloads.values()) update(entry, change);
    });
  }

  updateLists(change: (held: QueueList, filters: QueueFilters, key: QueryKey) => QueueList): void {
    this.#within(({ lists }) => {
      for (const entry of lists) update<QueueList>(entry, (held, key) => change(held, entry.filters, key));
    });
  }

  updateStats(stats: CachedQueueStats): void {
    const key = queryKeys.queueStats();
    const held = this.read<CachedQueueStats>(key);
    if (held === undefined || stats.seq > held.seq) this.write(key, stats);
  }

  forgetStats(): void {
    const key = queryKeys.queueStats();
    this.#batch?.forget(key);
    this.#client.removeQueries({ queryKey: key, exact: true });
  }

  historyKeys(): QueryKey[] {
    return this.#below(HISTORY_PREFIX);
  }

  timelineKeys(): QueryKey[] {
    return this.#below(TIMELINE_PREFIX);
  }

  /** What rests on a topic, as far as it can be fetched. */
  keysOf(topic: Topic): QueryKey[] {
    switch (topic) {
      case 'downloads':
        return [...this.#listKeys(), ...this.#below(DOWNLOAD_PROGRESS_PREFIX)];
      case 'queue':
        return [...this.#listKeys(), ...this.historyKeys()];
      case 'stats':
        return this.#listKeys();
      case 'analytics':
        return [...this.#below(ANALYTICS_PREFIX), ...this.timelineKeys()];
      case 'storage':
        return this.#below(queryKeys.storage());
      case 'system':
        return [];
    }
  }

  #within(change: (batch: CacheBatch) => void): void {
    if (this.#batch !== null) {
      change(this.#batch);
      return;
    }
    const batch = new CacheBatch(this.#client);
    this.#batch = batch;
    try {
      change(batch);
    } finally {
      this.#batch = null;
      notifyManager.batch(() => {
        for (const { key, data } of batch.changed()) this.#client.setQueryData(key, data);
      });
    }
  }

  #listKeys(): QueryKey[] {
    return this.#below(QUEUE_PREFIX).filter((key) => filtersOf(key) !== null);
  }

  #below(prefix: QueryKey): QueryKey[] {
    return this.#client.getQueriesData({ queryKey: prefix }).map(([key]) => key);
  }
}

function update<Data>(entry: BatchEntry, change: (held: Data, key: QueryKey) => Data): void {
  if (entry.data === undefined) return;
  const next = change(entry.data as Data, entry.key);
  if (next !== entry.data) put(entry, next);
}

function put(entry: BatchEntry, data: unknown): void {
  entry.data = data;
  entry.isChanged = true;
}
