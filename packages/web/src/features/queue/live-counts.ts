import { type Counts, type Cursor, DOWNLOAD_STATUSES, type DownloadStatus } from '@hermes/contracts';

/** How many there are of each status, from answers and events in whatever order they come: the newer wins. */
export class LiveCounts {
  #counts: Counts | null = null;
  #asOf: Cursor | null = null;

  /** The same object until one of them changes. */
  get(): Counts | null {
    return this.#counts;
  }

  /** @param asOf null: nobody knows how old they are, and they are believed. */
  set(counts: Counts, asOf: Cursor | null): void {
    if (asOf !== null && !this.#isNews(asOf)) return;
    if (!this.#isHeld(counts)) this.#counts = counts;
    this.#asOf = asOf && { epoch: asOf.epoch, seq: asOf.seq };
  }

  /** One download went from one status to another; null: it did not exist before, or does no more. */
  move(from: DownloadStatus | null, to: DownloadStatus | null, asOf: Cursor): void {
    if (this.#counts === null || from === to || !this.#isNews(asOf)) return;
    const next = { ...this.#counts };
    if (from !== null) next[from] = Math.max(0, next[from] - 1);
    if (to !== null) next[to] += 1;
    this.set(next, asOf);
  }

  #isHeld(counts: Counts): boolean {
    const held = this.#counts;
    return held !== null && DOWNLOAD_STATUSES.every((status) => held[status] === counts[status]);
  }

  #isNews({ epoch, seq }: Cursor): boolean {
    return this.#asOf === null || this.#asOf.epoch !== epoch || seq > this.#asOf.seq;
  }
}
