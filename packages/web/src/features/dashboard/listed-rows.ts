import type { Download } from '@hermes/contracts';
import type { QueueList } from '@hermes/react';
import { hashKey, notifyManager, type QueryClient, type QueryKey } from '@tanstack/react-query';

/**
 * The rows of a cached list for those who write their numbers past React. It tells each row of what is new about it; the
 * list around it is not drawn for that.
 */
export class ListedRows {
  readonly #client: QueryClient;
  readonly #key: QueryKey;
  readonly #listeners = new Map<string, (row: Download) => void>();
  #told: readonly Download[] = [];

  constructor(client: QueryClient, key: QueryKey) {
    this.#client = client;
    this.#key = key;
  }

  /** As new as the cache; undefined: the list has no such row by now. */
  get(id: string): Download | undefined {
    return this.#items.find((row) => row.download_id === id);
  }

  /** @param listener one for each row, which is drawn once. */
  listen(id: string, listener: (row: Download) => void): () => void {
    this.#listeners.set(id, listener);
    return () => {
      if (this.#listeners.get(id) === listener) this.#listeners.delete(id);
    };
  }

  /** Begins to tell, with what has come since the rows were drawn; answers how to end that. */
  follow(): () => void {
    const hash = hashKey(this.#key);
    this.#tell();
    return this.#client.getQueryCache().subscribe((event) => {
      if (event.query.queryHash !== hash || event.type !== 'updated' || event.action.type !== 'success') return;
      // With all that is drawn for the same write: a frame of its own has a price.
      notifyManager.schedule(this.#tell);
    });
  }

  #tell = (): void => {
    const before = this.#told;
    this.#told = this.#items;
    this.#told.forEach((row, index) => {
      if (row !== before[index]) this.#listeners.get(row.download_id)?.(row);
    });
  };

  get #items(): readonly Download[] {
    return this.#client.getQueryData<QueueList>(this.#key)?.items ?? [];
  }
}
