/** Waits so long, or until `signal` is aborted or `wake` called. */
export class Sleep {
  #end: (() => void) | null = null;

  start(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', end);
        this.#end = null;
        resolve();
      };
      const timer = setTimeout(end, ms);
      signal.addEventListener('abort', end);
      this.#end = end;
    });
  }

  wake(): void {
    this.#end?.();
  }
}
