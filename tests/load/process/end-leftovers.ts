import { readdirSync, readFileSync } from 'node:fs';

const MARK = 'HERMES_BENCH_RUN';

/**
 * A benchmark that breaks off must not leave a server behind, beside which the next one would be measured. Every process
 * started from here on inherits a mark, and whatever still bears it when this one exits is killed. Linux only.
 */
export function endLeftoversOnExit(): void {
  const mark = `${process.pid}-${Date.now()}`;
  process.env[MARK] = mark;
  process.on('exit', () => {
    for (const pid of pidsWith(`${MARK}=${mark}`)) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It has ended meanwhile.
      }
    }
  });
}

function pidsWith(variable: string): number[] {
  try {
    const pids = readdirSync('/proc').map(Number).filter(Number.isInteger);
    return pids.filter((pid) => pid !== process.pid && environmentOf(pid).includes(variable));
  } catch {
    return [];
  }
}

function environmentOf(pid: number): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
  } catch {
    return [];
  }
}
