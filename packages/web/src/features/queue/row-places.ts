import { type Download, type DownloadStatus, isFinalStatus } from '@hermes/contracts';
import type { LiveRows } from './live-rows.ts';

/**
 * Where the rows of a list stand, and which of them belong there. A row stays where it is: what is new waits in `arrivals`,
 * what has another status by now is counted in `strays`, until `settle` is called.
 */
export class RowPlaces {
  /** Each row as it was when it took its place: what is sorted by does not move under the user. */
  placed: readonly Download[] = [];
  /** They belong into the list and wait to be let in. */
  arrivals: readonly string[] = [];
  readonly #rows: LiveRows;
  readonly #statuses: readonly DownloadStatus[];
  /** Every row that is placed or has arrived. */
  readonly #known = new Set<string>();
  readonly #strays = new Set<string>();

  constructor(rows: LiveRows, statuses: readonly DownloadStatus[]) {
    this.#rows = rows;
    this.#statuses = statuses;
  }

  /** How many of `placed` do not belong there any more. */
  get strays(): number {
    return this.#strays.size;
  }

  /** As the API orders them. */
  get isNewestFirst(): boolean {
    return this.#statuses.some(isFinalStatus);
  }

  has(id: string): boolean {
    return this.#known.has(id);
  }

  isStray(id: string): boolean {
    return this.#strays.has(id);
  }

  /** They come with a page, behind all others. */
  append(ids: readonly string[]): void {
    for (const id of ids) this.#known.add(id);
    this.placed = [...this.placed, ...this.#held(ids)];
  }

  /** They have come meanwhile: before all others they wait, for behind them nothing is pushed aside. */
  arrive(ids: readonly string[]): void {
    if (!this.isNewestFirst) {
      this.append(ids);
      return;
    }
    for (const id of ids) this.#known.add(id);
    this.arrivals = [...this.arrivals, ...ids];
  }

  /** Whether that row belongs here, by its status now. */
  judge(id: string): void {
    const row = this.#rows.get(id);
    if (row === undefined || !this.#known.has(id)) return;
    if (this.#statuses.includes(row.status)) this.#strays.delete(id);
    else this.#strays.add(id);
  }

  /** What has arrived takes its place, what no longer belongs goes, and every row is placed as it is now. */
  settle(): void {
    const kept = this.placed.map((row) => row.download_id).filter((id) => !this.#strays.has(id));
    this.#forget([...this.#strays]);
    this.placed = this.#held(
      this.isNewestFirst ? [...this.arrivals.toReversed(), ...kept] : [...kept, ...this.arrivals],
    );
    this.arrivals = [];
  }

  /** They exist no more. */
  remove(ids: readonly string[]): void {
    const gone = new Set(ids);
    this.#forget(ids);
    this.placed = this.placed.filter((row) => !gone.has(row.download_id));
    this.arrivals = this.arrivals.filter((id) => !gone.has(id));
  }

  #held(ids: readonly string[]): Download[] {
    return ids.flatMap((id) => this.#rows.get(id) ?? []);
  }

  #forget(ids: readonly string[]): void {
    for (const id of ids) {
      this.#known.delete(id);
      this.#strays.delete(id);
      this.#rows.remove(id);
    }
  }
}
