/*
 * Everyone who tells of states at a rate does so at the ticks of one clock, the multiples of the interval since the epoch:
 * workers tell at a tick, and the gateway hands on shortly after it. So what a page is shown is as old as the way took, and
 * not by another half of an interval, and a page can ask for a lower rate without seeing older numbers. Where the clocks of
 * two machines differ, only that is lost.
 */

/** After a tick, in milliseconds: what was told at it has come by then, through Redis and a worker that was busy. */
export const TICK_ARRIVAL_MS = 20;

/**
 * Many that tell at once would wait for each other, in Redis and in the gateway: so workers tell ahead of the tick, each
 * download at a place of its own in so many milliseconds for each that runs. With thousands that is the whole interval.
 */
export const TICK_SPREAD_MS_PER_DOWNLOAD = 0.1;

/**
 * @param intervalMs between two ticks; more than 0
 * @param at milliseconds since the epoch
 * @returns milliseconds from then to the next tick; 0 on a tick
 */
export function untilTick(intervalMs: number, at: number): number {
  return (intervalMs - (at % intervalMs)) % intervalMs;
}
