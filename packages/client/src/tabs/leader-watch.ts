import { TAB_TIMING } from './tab-timing.ts';

/**
 * A follower's opinion of its leader. Timers of hidden tabs are called late, of the leader as of the follower: so silence
 * is a reason to ask, which is answered at once, and only no answer a reason to replace.
 */
export class LeaderWatch {
  readonly #random: () => number;
  #heardAt = 0;
  #asked: { at: number; patienceMs: number } | null = null;
  #hiddenSince: number | null = null;

  constructor(random: () => number) {
    this.#random = random;
  }

  begin(now: number): void {
    this.heard(now);
    this.#hiddenSince = null;
  }

  heard(now: number): void {
    this.#heardAt = now;
    this.#asked = null;
  }

  /** Whether the leader says that it is hidden. */
  hidden(isHidden: boolean, now: number): void {
    this.#hiddenSince = isHidden ? (this.#hiddenSince ?? now) : null;
  }

  /** @param canSee this tab is visible, and ready to lead. */
  judge(now: number, canSee: boolean): 'fine' | 'ask' | 'replace' {
    if (this.#asked !== null) {
      if (now - this.#asked.at < this.#asked.patienceMs) return 'fine';
      this.begin(now);
      return 'replace';
    }
    if (now - this.#heardAt >= TAB_TIMING.suspect) {
      this.#asked = { at: now, patienceMs: TAB_TIMING.answer + this.#random() * TAB_TIMING.jitter };
      return 'ask';
    }
    if (canSee && this.#hiddenSince !== null && now - this.#hiddenSince >= TAB_TIMING.handOver) {
      this.begin(now);
      return 'replace';
    }
    return 'fine';
  }
}
