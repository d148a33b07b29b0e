import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { taskset } from '../process/cores.ts';

export interface Timed {
  seconds: number;
  /** User and system time of all that the script has run. */
  cpuSeconds: number;
}

/** Runs a script of the shell on a core. @throws if it fails, with what it has said. */
export async function timeCommand(script: string, core: number | null): Promise<Timed> {
  const [program, ...args] = [...taskset(core), 'bash', '-c', `set -e -o pipefail\n${script}\ntimes`];
  const startedAt = performance.now();
  const child = spawn(program as string, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let [output, complaint] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    complaint += chunk.toString();
  });
  const [code] = (await once(child, 'close')) as [number | null];
  const seconds = (performance.now() - startedAt) / 1000;
  if (code !== 0) throw new Error(`${script} ended with ${code}: ${complaint}`);
  // The last line of `times` is of its children: `0m0.024s 0m0.816s`.
  const [, ...parts] = /(\d+)m([\d.]+)s (\d+)m([\d.]+)s\s*$/.exec(output) ?? [];
  const [userMinutes = 0, user = 0, systemMinutes = 0, system = 0] = parts.map(Number);
  return { seconds, cpuSeconds: 60 * (userMinutes + systemMinutes) + user + system };
}
