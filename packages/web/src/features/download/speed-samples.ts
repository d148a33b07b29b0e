/** Bytes per second at a time. */
export interface SpeedSample {
  /** Milliseconds since the epoch. */
  at: number;
  speed: number;
}

/** So much is drawn: two minutes. */
export const SPAN_MS = 120_000;

/** Adds what was measured and lets go of what is too old to be drawn; the newest of two at the same time stays. */
export function addSample(samples: readonly SpeedSample[], sample: SpeedSample): SpeedSample[] {
  const from = sample.at - SPAN_MS;
  return [...samples.filter(({ at }) => at >= from && at < sample.at), sample];
}

/** As lengths of a drawing: x from the oldest edge to now, y from the top down. */
export function toPoints(
  samples: readonly SpeedSample[],
  now: number,
  { width, height, top }: { width: number; height: number; top: number },
): { x: number; y: number }[] {
  return samples.map(({ at, speed }) => ({
    x: width * (1 - Math.min(1, Math.max(0, (now - at) / SPAN_MS))),
    y: height * (1 - speed / top),
  }));
}

/** A round number above the highest: 1, 2 or 5 times a power of ten, so that the scale can be read. */
export function roundTop(samples: readonly SpeedSample[]): number {
  const highest = Math.max(...samples.map(({ speed }) => speed), 1);
  const power = 10 ** Math.floor(Math.log10(highest));
  return [1, 2, 5, 10].map((factor) => factor * power).find((top) => top >= highest * 1.05) ?? 20 * power;
}
