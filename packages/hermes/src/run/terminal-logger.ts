import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { createLogger, type Logger } from '@hermes/runtime';

/** What is said again and again, such as by everything that has lost its Redis, is told once in so long. */
const QUIET_MS = 30_000;

const LABELS: Record<number, string> = { 40: 'warning', 50: 'error', 60: 'fatal' };

/**
 * The whole log goes to `hermes.log` in the home; what a person at the terminal has to know is also told there, as
 * plain words.
 */
export function createTerminalLogger(home: string, tell: (line: string) => void): Logger {
  const file = createWriteStream(join(home, 'hermes.log'), { flags: 'a', mode: 0o600 });
  // A full disk must not end the service: it goes on without its log.
  file.on('error', () => {});
  const toldAt = new Map<string, number>();
  return createLogger('hermes', 'info', {
    write(line: string) {
      file.write(line);
      const entry = JSON.parse(line) as { level: number; msg?: string; err?: { message?: string } };
      const label = LABELS[entry.level];
      if (label === undefined) return;
      const text = `${label}: ${entry.msg ?? ''}${entry.err?.message ? ` (${entry.err.message})` : ''}`;
      const now = performance.now();
      if (now - (toldAt.get(text) ?? Number.NEGATIVE_INFINITY) < QUIET_MS) return;
      if (toldAt.size > 100) toldAt.clear();
      toldAt.set(text, now);
      tell(text);
    },
  });
}
