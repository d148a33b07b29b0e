import type { EndNotice } from './end-notice.ts';

/** The newest so many; the answer that is waited for comes within moments, or never. */
const MOST = 20;

/**
 * Ends of downloads that this browser has not added, as far as it knows: a small file can have arrived before the answer
 * has that says under which id it was added.
 */
export class UntoldEnds {
  readonly #notices = new Map<string, EndNotice>();

  keep(id: string, notice: EndNotice): void {
    this.#notices.set(id, notice);
    for (const oldest of this.#notices.keys()) {
      if (this.#notices.size <= MOST) break;
      this.#notices.delete(oldest);
    }
  }

  /** Hands out, once, those that were added from here after all. */
  take(ids: readonly string[]): [id: string, notice: EndNotice][] {
    const own = [...this.#notices].filter(([id]) => ids.includes(id));
    for (const [id] of own) this.#notices.delete(id);
    return own;
  }
}
