/** A number that jumps more often than once in so many milliseconds cannot be read. */
export const CALM_MS = 1000;

/** If nothing comes any more, what waits for its turn is shown after so many milliseconds. */
export const LATE_MS = 1500;

/** Which second it is: all calm numbers of a page change in the same frame of it, for each frame has a price of its own. */
export function calmTurn(ms = CALM_MS): number {
  return Math.floor(performance.now() / ms);
}
