import type { Download } from '@hermes/contracts';
import { applyToDownload } from '@hermes/react';
import { type DownloadEvent, LatestEvents } from './latest-events.ts';

/**
 * Downloads by id, each with listeners of its own, so that an event redraws one row of ten thousand. What arrives within
 * one frame is told once.
 */
export class LiveRows {
  readonly #rows = new Map<string, Download>();
  readonly #listeners = new Map<string, Set<() => void>>();
  readonly #latest = new LatestEvents();
  readonly #changed = new Set<string>();
  readonly #schedule: (flush: () => void) => void;

  /** @param schedule when to tell listeners: with the next frame. */
  constructor(schedule: (flush: () => void) => void) {
    this.#schedule = schedule;
  }

  get(id: string): Download | undefined {
    return this.#rows.get(id);
  }

  subscribe(id: string, listener: () => void): () => void {
    const listeners = this.#listeners.get(id) ?? new Set();
    listeners.add(listener);
    this.#listeners.set(id, listeners);
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0) this.#listeners.delete(id);
    };
  }

  /** Takes an answer in. Of two versions of a row the newer stays. */
  put(answered: readonly Download[]): void {
    for (const answer of answered) {
      const held = this.#rows.get(answer.download_id);
      const newer = held !== undefined && held.seq >= answer.seq ? held : this.#latest.bringUpToDate(answer);
      if (newer !== held) this.#set(newer);
    }
  }

  /** @returns the row before and after; null if it is none of these rows, or was newer already. */
  apply(event: DownloadEvent): { before: Download; after: Download } | null {
    this.#latest.note(event);
    const before = this.#rows.get(event.data.download_id);
    if (before === undefined) return null;
    const after = applyToDownload(before, event);
    if (after === before) return null;
    this.#set(after);
    return { before, after };
  }

  remove(id: string): void {
    this.#rows.delete(id);
    this.#tell(id);
  }

  /** What is held is of another run of the log: whatever comes next is newer. */
  forgetPositions(): void {
    this.#latest.clear();
    for (const [id, row] of this.#rows) this.#rows.set(id, { ...row, seq: -1 });
  }

  #set(row: Download): void {
    this.#rows.set(row.download_id, row);
    this.#tell(row.download_id);
  }

  #tell(id: string): void {
    const isFirst = this.#changed.size === 0;
    this.#changed.add(id);
    if (isFirst) this.#schedule(this.#flush);
  }

  #flush = (): void => {
    const changed = [...this.#changed];
    this.#changed.clear();
    for (const id of changed) for (const listener of [...(this.#listeners.get(id) ?? [])]) listener();
  };
}
