import { vi } from 'vitest';

/** Waits until `check` no longer throws; with time enough for a machine that has other things to do. */
export function eventually<Result>(check: () => Result | Promise<Result>): Promise<Result> {
  return vi.waitFor(check, { timeout: 20_000, interval: 25 });
}
