/** How long what was not used may be saved up, seconds: enough for the timer’s grain, too little for a burst. */
const BURST_SECONDS = 0.1;
/** One turn. Small enough that many downloads alternate, large enough that a fast one is not all turns. */
const MAX_QUANTUM = 64 * 1024;
const MIN_QUANTUM = 1024;
/** Timers are not finer, and several turns at once cost less than one each. */
const MIN_WAIT_MS = 5;

interface Turn {
  bytes: number;
  grant(bytes: number): void;
}

/**
 * A rate that several take from in turns, each turn at most a quantum: whoever takes as fast as it may gets the same
 * share, and what a slow one leaves goes to the others. Its clock is monotonic, so that neither a clock that is set nor
 * a process that stood still lets more through.
 */
export class TokenBucket {
  readonly #bytesPerMs: number;
  readonly #quantum: number;
  readonly #burst: number;
  readonly #turns: Turn[] = [];
  /** Below zero after a turn that was granted on credit: the next one waits for that much longer. */
  #tokens: number;
  #filledAt = performance.now();
  #timer: NodeJS.Timeout | undefined;

  constructor(bytesPerSecond: number) {
    this.#bytesPerMs = bytesPerSecond / 1000;
    this.#quantum = Math.min(MAX_QUANTUM, Math.max(MIN_QUANTUM, Math.floor(bytesPerSecond / 10)));
    this.#burst = Math.max(this.#quantum, bytesPerSecond * BURST_SECONDS);
    this.#tokens = this.#quantum;
  }

  /**
   * @returns how many of so many bytes may go now, at least one: at once if nobody waits and there is something left.
   * @throws the reason of the signal.
   */
  take(bytes: number, signal: AbortSignal): number | Promise<number> {
    if (this.#turns.length === 0) {
      this.#fill();
      if (this.#tokens > 0) return this.#spend(bytes);
    }
    return this.#wait(bytes, signal);
  }

  /** What was taken and not used. */
  giveBack(bytes: number): void {
    this.#tokens = Math.min(this.#burst, this.#tokens + bytes);
  }

  #wait(bytes: number, signal: AbortSignal): Promise<number> {
    return new Promise((resolve, reject) => {
      const turn: Turn = {
        bytes,
        grant: (granted) => {
          signal.removeEventListener('abort', giveUp);
          resolve(granted);
        },
      };
      const giveUp = () => {
        const at = this.#turns.indexOf(turn);
        if (at >= 0) this.#turns.splice(at, 1);
        reject(signal.reason as Error);
      };
      if (signal.aborted) {
        reject(signal.reason as Error);
        return;
      }
      signal.addEventListener('abort', giveUp, { once: true });
      this.#turns.push(turn);
      this.#schedule();
    });
  }

  #schedule(): void {
    if (this.#timer !== undefined || this.#turns.length === 0) return;
    const ms = Math.max(MIN_WAIT_MS, Math.ceil(-this.#tokens / this.#bytesPerMs));
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#fill();
      while (this.#tokens > 0) {
        const turn = this.#turns.shift();
        if (turn === undefined) break;
        turn.grant(this.#spend(turn.bytes));
      }
      this.#schedule();
    }, ms);
  }

  #spend(bytes: number): number {
    const granted = Math.min(bytes, this.#quantum);
    this.#tokens -= granted;
    return granted;
  }

  #fill(): void {
    const now = performance.now();
    this.#tokens = Math.min(this.#burst, this.#tokens + (now - this.#filledAt) * this.#bytesPerMs);
    this.#filledAt = now;
  }
}
