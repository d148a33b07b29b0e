/**
 * How long to wait before the next attempt, in milliseconds: exponential with full jitter, so that a thousand clients
 * that lost one gateway together do not return together.
 *
 * @param failures attempts in a row that have failed; 0 after a stream that was well: half of the first step, since mostly
 * there is somewhere to come back to
 * @param baseMs the first step
 * @param random a number in [0, 1)
 */
export function backoffDelay(failures: number, baseMs: number, maxMs: number, random: () => number): number {
  const ceiling = Math.min(maxMs, baseMs * 2 ** (Math.min(failures, 30) - 1));
  // Never quite zero: an attempt that fails at once must not spin.
  return Math.round(ceiling * (0.05 + 0.95 * random()));
}

/** The wait a server asked for is a minimum; everybody was told the same, hence up to a quarter more. */
export function askedDelay(askedMs: number, random: () => number): number {
  return Math.round(askedMs * (1 + 0.25 * random()));
}
