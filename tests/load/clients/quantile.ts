/** The value that a share of all values does not exceed; 0 of none. Sorts in place. */
export function quantiles<Share extends number>(values: number[], shares: readonly Share[]): Record<Share, number> {
  const sorted = Float64Array.from(values).sort();
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return Object.fromEntries(shares.map((share) => [share, at(share)])) as Record<Share, number>;
}
