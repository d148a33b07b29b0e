import { join } from 'node:path';
import { createLogger, type Logger } from '@hermes/runtime';
import { RotatingFile } from './rotating-file.ts';

const MAX_LOG_BYTES = 10 * 1024 * 1024;
const OLD_LOGS_KEPT = 3;

/** What is said again and again, such as by everything that has lost its Redis, is told once in so long. */
const QUIET_MS = 30_000;

const LABELS: Record<number, string> = { 40: 'warning', 50: 'error', 60: 'fatal' };

/**
 * The whole log goes to `hermes.log` in the home (40 MB at most, older ones included); what a person at the terminal has to know is also told there, as
 * plain words.
 */
export function createTerminalLogger(home: string, tell: (line: string) => void): Logger {
  const file = new RotatingFile(join(home, 'hermes.log'), MAX_LOG_BYTES, OLD_LOGS_KEPT);
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
