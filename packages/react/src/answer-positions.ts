import type { Cursor } from '@hermes/contracts';
import type { Query, QueryClient, QueryKey } from '@tanstack/react-query';

/** What is known of a query whose answer must be as new as some position. */
export type AnswerState = 'held' | 'under way' | 'missing';

/** As of which position each query was last answered. */
export class AnswerPositions {
  readonly #client: QueryClient;
  readonly #answered = new WeakMap<Query, Cursor>();
  /** What the answer that is under way must be as new as. */
  readonly #due = new WeakMap<Query, Cursor>();

  constructor(client: QueryClient) {
    this.#client = client;
  }

  /** Notes an answer; false: it had to be newer. */
  note(key: QueryKey, cursor: Cursor | null): boolean {
    const query = this.#find(key);
    if (query === undefined) return true;
    const due = this.#due.get(query);
    this.#due.delete(query);
    if (cursor === null) this.#answered.delete(query);
    else this.#answered.set(query, cursor);
    return due === undefined || isAsNew(cursor, due);
  }

  /** Whether there is an answer that is as new as `position`. One that is under way is judged when it comes. */
  require(key: QueryKey, position: Cursor): AnswerState {
    const query = this.#find(key);
    if (query === undefined) return 'missing';
    if (isAsNew(this.#answered.get(query) ?? null, position)) return 'held';
    if (query.state.fetchStatus !== 'fetching' || !query.isActive()) return 'missing';
    this.#due.set(query, position);
    return 'under way';
  }

  #find(queryKey: QueryKey): Query | undefined {
    return this.#client.getQueryCache().find({ queryKey, exact: true });
  }
}

function isAsNew(answer: Cursor | null, { epoch, seq }: Cursor): boolean {
  return answer !== null && answer.epoch === epoch && answer.seq >= seq;
}
