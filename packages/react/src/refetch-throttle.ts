import { hashKey, type QueryClient, type QueryKey } from '@tanstack/react-query';
import { shouldRetry } from './polling.ts';

const MIN_INTERVAL_MS = 2_000;

/**
 * Fetches again what the stream cannot settle by itself: at once, but each query at most every two seconds, however many
 * events ask for it.
 */
export class RefetchThrottle {
  readonly #client: QueryClient;
  readonly #timers = new Map<string, ReturnType<typeof setTimeout>>();
  readonly #startedAt = new Map<string, number>();

  constructor(client: QueryClient) {
    this.#client = client;
  }

  soon(queryKey: QueryKey): void {
    const hash = hashKey(queryKey);
    if (this.#timers.has(hash)) return;
    const startedAt = this.#startedAt.get(hash);
    const waitMs = startedAt === undefined ? 0 : Math.max(0, startedAt + MIN_INTERVAL_MS - Date.now());
    this.#timers.set(
      hash,
      setTimeout(() => this.#run(queryKey, hash), waitMs),
    );
  }

  /** Only if the fetch that is under way fails. */
  afterFailure(queryKey: QueryKey): void {
    this.#fetch(queryKey, false);
  }

  cancel(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }

  #run(queryKey: QueryKey, hash: string): void {
    this.#timers.delete(hash);
    const now = Date.now();
    for (const [other, at] of this.#startedAt) if (at + MIN_INTERVAL_MS <= now) this.#startedAt.delete(other);
    this.#startedAt.set(hash, now);
    const exact = { queryKey, exact: true };
    if (this.#client.getQueryCache().find(exact)?.isActive() !== true) {
      // To mark it invalid would not last: the next event written into it would make it pass for fresh.
      this.#client.removeQueries(exact);
      return;
    }
    this.#fetch(queryKey, true);
  }

  #fetch(queryKey: QueryKey, cancelRefetch: boolean): void {
    const exact = { queryKey, exact: true };
    this.#client.refetchQueries(exact, { throwOnError: true, cancelRefetch }).catch((error: Error) => {
      if (shouldRetry(0, error)) this.soon(queryKey);
    });
  }
}
