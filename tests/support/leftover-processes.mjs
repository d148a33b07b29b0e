// Fails if a process of this CI run is still there. Every process that the run starts inherits HERMES_CI_MARK.
import { readdirSync, readFileSync } from 'node:fs';

const mark = `HERMES_CI_MARK=${process.env.HERMES_CI_MARK}`;
const read = (pid, file) => {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    // It has ended meanwhile, or is somebody else's.
    return '';
  }
};

// The script that runs this, and what runs that.
const own = new Set();
for (let pid = process.pid; pid > 1; ) {
  own.add(pid);
  pid = Number(/^PPid:\t(\d+)$/m.exec(read(pid, 'status'))?.[1] ?? 0);
}

const leftovers = readdirSync('/proc')
  .filter((name) => /^\d+$/.test(name) && !own.has(Number(name)))
  .filter((pid) => read(pid, 'environ').split('\0').includes(mark));
for (const pid of leftovers) {
  process.stdout.write(`Left behind: ${pid} ${read(pid, 'cmdline').replaceAll('\0', ' ')}\n`);
  process.kill(Number(pid), 'SIGKILL');
}
if (leftovers.length > 0) process.exitCode = 1;
