import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { findOnPath } from '@hermes/runtime';

/** Which core each part of the benchmark runs on; null: wherever the kernel puts it. */
export interface Cores {
  server: number | null;
  load: number | null;
  publisher: number | null;
  redis: number | null;
}

/** The server has a core to itself; what loads it shares the others. */
export function assignCores(): Cores {
  const count = availableParallelism();
  if (count < 2 || findOnPath(['taskset']) === null) return { server: null, load: null, publisher: null, redis: null };
  return { server: 0, load: 1, publisher: count > 2 ? 2 : 1, redis: count > 3 ? 3 : 1 };
}

/** What to put before a command so that it runs on that core. */
export function taskset(core: number | null): string[] {
  return core === null ? [] : ['taskset', '-c', String(core)];
}

/** Moves all threads of a process that runs already. */
export function moveToCore(pid: number, core: number | null): void {
  if (core !== null) spawnSync('taskset', ['-a', '-c', '-p', String(core), String(pid)]);
}
