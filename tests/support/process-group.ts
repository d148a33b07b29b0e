import { readdirSync, readFileSync } from 'node:fs';

/** Every process whose arguments, environment or working directory name `mark`; the one that asks is not among them. */
export function processesNaming(mark: string): { pid: number; command: string }[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((name) => {
      try {
        const command = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ');
        const environment = readFileSync(`/proc/${name}/environ`, 'utf8');
        return command.includes(mark) || environment.includes(mark) ? [{ pid: Number(name), command }] : [];
      } catch {
        // It has ended meanwhile.
        return [];
      }
    });
}
