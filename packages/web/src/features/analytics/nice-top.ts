/** Steps between the lines of a chart that are easy to count in. */
const STEPS = [1, 2, 5] as const;

/** The lines of a chart whose greatest value is `max`: at least to there, two equal steps, whole numbers. */
export function niceTop(max: number): number {
  for (let magnitude = 1; ; magnitude *= 10) {
    for (const step of STEPS) if (step * magnitude * 2 >= max) return step * magnitude * 2;
  }
}
