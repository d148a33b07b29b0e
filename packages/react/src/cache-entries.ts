import type { Download, Topic } from '@hermes/contracts';
import { hashKey, notifyManager, type QueryClient, type QueryKey } from '@tanstack/react-query';
import type { CachedQueueStats, QueueList } from './apply-event.ts';
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
  /** Changed, but not written yet; null when nothing is done together. */
  #staged: Map<string, { key: QueryKey; data: unknown }> | null = null;

  constructor(client: QueryClient) {
    this.#client = client;
  }

  together(change: () => void): void {
    if (this.#staged !== null) {
      change();
      return;
    }
    const staged = new Map<string, { key: QueryKey; data: unknown }>();
    this.#staged = staged;
    try {
      change();
    } finally {
      this.#staged = null;
      notifyManager.batch(() => {
        for (const { key, data } of staged.values()) this.#client.setQueryData(key, data);
      });
    }
  }

  read<Data>(key: QueryKey): Data | undefined {
    const staged = this.#staged?.get(hashKey(key));
    return staged === undefined ? this.#client.getQueryData<Data>(key) : (staged.data as Data);
  }

  write(key: QueryKey, data: unknown): void {
    if (this.#staged === null) this.#client.setQueryData(key, data);
    else this.#staged.set(hashKey(key), { key, data });
  }

  updateDownload(id: string, change: (held: Download, key: QueryKey) => Download): void {
    this.#update(queryKeys.downloadProgress(id), change);
  }

  updateDownloads(change: (held: Download, key: QueryKey) => Download): void {
    for (const key of this.#below(DOWNLOAD_PROGRESS_PREFIX)) this.#update(key, change);
  }

  updateLists(change: (held: QueueList, filters: QueueFilters, key: QueryKey) => QueueList): void {
    for (const key of this.#below(QUEUE_PREFIX)) {
      const filters = filtersOf(key);
      if (filters !== null) this.#update<QueueList>(key, (held) => change(held, filters, key));
    }
  }

  updateStats(stats: CachedQueueStats): void {
    const key = queryKeys.queueStats();
    const held = this.read<CachedQueueStats>(key);
    if (held === undefined || stats.seq > held.seq) this.write(key, stats);
  }

  forgetStats(): void {
    const key = queryKeys.queueStats();
    this.#staged?.delete(hashKey(key));
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

  #update<Data>(key: QueryKey, change: (held: Data, key: QueryKey) => Data): void {
    const held = this.read<Data>(key);
    if (held === undefined) return;
    const next = change(held, key);
    if (next !== held) this.write(key, next);
  }

  #listKeys(): QueryKey[] {
    return this.#below(QUEUE_PREFIX).filter((key) => filtersOf(key) !== null);
  }

  #below(prefix: QueryKey): QueryKey[] {
    return this.#client.getQueriesData({ queryKey: prefix }).map(([key]) => key);
  }
}

/** null for the statistics, whose key begins like those of the lists. */
function filtersOf(key: QueryKey): QueueFilters | null {
  const filters = key[QUEUE_PREFIX.length];
  return typeof filters === 'object' && filters !== null ? filters : null;
}
