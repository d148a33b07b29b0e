/** Microseconds of a clock that all processes of a machine share and nobody sets. */
export function microseconds(): number {
  return Number(process.hrtime.bigint() / 1000n);
}
