import { readFileSync } from 'node:fs';

const TICKS_PER_SECOND = 100;

/** User and system time of a process and its children since it began, in seconds. */
export function cpuSeconds(pid: number): number {
  let ticks = 0;
  for (const each of withChildren(pid)) {
    // The name stands in parentheses and may hold anything.
    const fields = read(`/proc/${each}/stat`).split(') ').at(-1)?.split(' ') ?? [];
    ticks += Number(fields[11] ?? 0) + Number(fields[12] ?? 0);
  }
  return ticks / TICKS_PER_SECOND;
}

/** Memory of a process and its children that is resident, in bytes. */
export function residentBytes(pid: number): number {
  let kib = 0;
  for (const each of withChildren(pid)) kib += Number(/^VmRSS:\s+(\d+)/m.exec(read(`/proc/${each}/status`))?.[1] ?? 0);
  return kib * 1024;
}

/** The most memory that was ever resident of a process, without its children, in bytes. */
export function peakResidentBytes(pid: number): number {
  return Number(/^VmHWM:\s+(\d+)/m.exec(read(`/proc/${pid}/status`))?.[1] ?? 0) * 1024;
}

/** What the kernel holds for all TCP sockets of this machine, in bytes. */
export function kernelSocketBytes(): number {
  return Number(/^TCP:.* mem (\d+)/m.exec(read('/proc/net/sockstat'))?.[1] ?? 0) * 4096;
}

/** How much of a core was busy between two looks, of 1. */
export function coreBusy(core: number | null): { since(): number } {
  const before = coreTicks(core);
  return {
    since: () => {
      const after = coreTicks(core);
      const total = after.total - before.total;
      return total === 0 ? 0 : 1 - (after.idle - before.idle) / total;
    },
  };
}

function coreTicks(core: number | null): { total: number; idle: number } {
  const line = new RegExp(`^cpu${core ?? ''} +(.*)$`, 'm').exec(read('/proc/stat'))?.[1] ?? '';
  const ticks = line.split(' ').slice(0, 8).map(Number);
  return { total: ticks.reduce((sum, each) => sum + each, 0), idle: (ticks[3] ?? 0) + (ticks[4] ?? 0) };
}

function withChildren(pid: number): number[] {
  const children = read(`/proc/${pid}/task/${pid}/children`).trim();
  if (children === '') return [pid];
  return [pid, ...children.split(' ').flatMap((child) => withChildren(Number(child)))];
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
