import type { LogEvent, Read } from '@hermes/client';
import type { Cursor } from '@hermes/contracts';
import { hashKey, type QueryKey } from '@tanstack/react-query';
import type { CacheEntries } from './cache-entries.ts';
import { queryKeys } from './query-keys.ts';

/** An event that replaces a whole cache entry: its data is what the API answers. */
export type WholeState = Extract<LogEvent, { event: 'analytics_update' | 'storage_update' }>;

export function isWholeState(event: LogEvent): event is WholeState {
  return event.event === 'analytics_update' || event.event === 'storage_update';
}

function keyOf(event: WholeState): QueryKey {
  return event.event === 'analytics_update' ? queryKeys.analyticsStats(event.data.period) : queryKeys.storage();
}

/** Cache entries of which only the newest matters, and the position that each is true as of. */
export class StreamedStates {
  readonly #entries: CacheEntries;
  readonly #positions = new Map<string, Cursor>();

  constructor(entries: CacheEntries) {
    this.#entries = entries;
  }

  apply(event: WholeState): void {
    const key = keyOf(event);
    if (this.#isOlder(key, event)) return;
    this.#positions.set(hashKey(key), { epoch: event.epoch, seq: event.seq });
    this.#entries.write(key, event.data);
  }

  /** The newest of what the cache holds, what was answered, and what the stream has said since. */
  merge<Data>(key: QueryKey, { data, cursor }: Read<Data>, since: readonly LogEvent[]): Data {
    const hash = hashKey(key);
    const held = this.#entries.read<Data>(key);
    if (held !== undefined && cursor !== null && this.#isOlder(key, cursor)) return held;
    const newest = since.findLast((event) => isWholeState(event) && hashKey(keyOf(event)) === hash);
    const position = newest ?? cursor;
    if (position === null) this.#positions.delete(hash);
    else this.#positions.set(hash, { epoch: position.epoch, seq: position.seq });
    return newest === undefined ? data : (newest.data as Data);
  }

  /** Positions of another epoch say nothing about this one. */
  forgetPositions(): void {
    this.#positions.clear();
  }

  #isOlder(key: QueryKey, { epoch, seq }: Cursor): boolean {
    const held = this.#positions.get(hashKey(key));
    return held !== undefined && held.epoch === epoch && seq < held.seq;
  }
}
