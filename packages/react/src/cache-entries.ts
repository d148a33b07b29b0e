import type { Download, Topic } from '@hermes/contracts';
import type { QueryClient, QueryKey } from '@tanstack/react-query';
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

/** What the cache holds of that which a stream brings. Nothing is written that has not changed: a write wakes every observer. */
export class CacheEntries {
  readonly #client: QueryClient;

  constructor(client: QueryClient) {
    this.#client = client;
  }

  download(id: string): Download | undefined {
    return this.#client.getQueryData(queryKeys.downloadProgress(id));
  }

  list(filters: QueueFilters): QueueList | undefined {
    return this.#client.getQueryData(queryKeys.queue(filters));
  }

  updateDownload(id: string, change: (held: Download, key: QueryKey) => Download): void {
    const key = queryKeys.downloadProgress(id);
    const held = this.#client.getQueryData<Download>(key);
    if (held === undefined) return;
    const next = change(held, key);
    if (next !== held) this.#client.setQueryData(key, next);
  }

  updateDownloads(change: (held: Download, key: QueryKey) => Download): void {
    for (const key of this.#below(DOWNLOAD_PROGRESS_PREFIX)) {
      const id = key[DOWNLOAD_PROGRESS_PREFIX.length];
      if (typeof id === 'string') this.updateDownload(id, change);
    }
  }

  updateLists(change: (held: QueueList, filters: QueueFilters, key: QueryKey) => QueueList): void {
    for (const [key, held] of this.#client.getQueriesData<QueueList>({ queryKey: QUEUE_PREFIX })) {
      const filters = filtersOf(key);
      if (held === undefined || filters === null) continue;
      const next = change(held, filters, key);
      if (next !== held) this.#client.setQueryData(key, next);
    }
  }

  updateStats(stats: CachedQueueStats): void {
    const key = queryKeys.queueStats();
    const held = this.#client.getQueryData<CachedQueueStats>(key);
    if (held === undefined || stats.seq > held.seq) this.#client.setQueryData(key, stats);
  }

  forgetStats(): void {
    this.#client.removeQueries({ queryKey: queryKeys.queueStats(), exact: true });
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
