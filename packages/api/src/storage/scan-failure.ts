/** There is no snapshot to answer with. */
export class ScanFailure extends Error {
  override readonly name = 'ScanFailure';
  /** Until then another scan is not begun by itself. */
  readonly retryInMs: number;

  /** @param cause why the scan failed; null if it has not ended yet. */
  constructor(cause: unknown, retryInMs: number) {
    super(
      cause === null ? 'the first scan has not ended yet' : 'the first scan failed',
      cause === null ? {} : { cause },
    );
    this.retryInMs = retryInMs;
  }
}
