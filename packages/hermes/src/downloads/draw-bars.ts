import type { Download } from '@hermes/contracts';
import { formatBar, formatBytes, formatDuration, printable } from '../format.ts';

/** What one line shows of a download. */
export type Bar = Pick<
  Download,
  'filename' | 'status' | 'progress' | 'downloaded_bytes' | 'total_bytes' | 'download_speed' | 'eta'
>;

const NAME_WIDTH = 24;
const MAX_BAR_WIDTH = 28;
const MIN_BAR_WIDTH = 6;
/** What stands beside name and bar at most: share, bytes, speed and time left. */
const NUMBERS_WIDTH = 42;

/**
 * `sample-film.bin          ██████████░░░░░░░░░░   52 %  12.3 MB  3.1 MB/s  4s`
 * @param columns of the terminal; the line is never as long, so that it never wraps.
 */
export function formatLine(bar: Bar, columns = 100): string {
  const width = Math.min(MAX_BAR_WIDTH, Math.max(MIN_BAR_WIDTH, columns - NAME_WIDTH - NUMBERS_WIDTH));
  return describe(bar, width)
    .slice(0, columns - 1)
    .trimEnd();
}

function describe(bar: Bar, barWidth: number): string {
  const { filename, status, progress, downloaded_bytes, download_speed, eta } = bar;
  const name = printable(filename ?? '…')
    .slice(0, NAME_WIDTH)
    .padEnd(NAME_WIDTH);
  if (status === 'downloading') {
    const share = progress === null ? '   ?' : `${Math.floor(progress)} %`.padStart(5);
    const speed = download_speed === null ? '' : `${formatBytes(download_speed)}/s`;
    const left = eta === null ? '' : formatDuration(eta);
    return `${name} ${formatBar(progress, barWidth)} ${share}  ${formatBytes(downloaded_bytes).padStart(8)}  ${speed.padStart(11)}  ${left}`;
  }
  const done = status === 'completed';
  return `${name} ${formatBar(done ? 100 : (progress ?? 0), barWidth)} ${status.padStart(done ? 9 : 5)}  ${formatBytes(downloaded_bytes).padStart(8)}`;
}

/** Draws the lines in place on a terminal; elsewhere prints a line when a download's status changes. */
export class BarScreen {
  readonly #out: NodeJS.WriteStream;
  readonly #told = new Map<string, string>();
  #height = 0;

  constructor(out: NodeJS.WriteStream) {
    this.#out = out;
  }

  draw(bars: ReadonlyMap<string, Bar>): void {
    if (!this.#out.isTTY) {
      for (const [id, bar] of bars) {
        const step = bar.progress === null ? 0 : Math.floor(bar.progress / 25);
        const state = `${bar.status} ${step}`;
        if (bar.status !== 'queued' && this.#told.get(id) !== state) this.#out.write(`${formatLine(bar)}\n`);
        this.#told.set(id, state);
      }
      return;
    }
    // What is longer than the screen cannot be drawn over.
    const lines = [...bars.values()]
      .slice(0, Math.max(1, (this.#out.rows || 24) - 1))
      .map((bar) => formatLine(bar, this.#out.columns || 80));
    const up = this.#height === 0 ? '' : `\u001b[${this.#height}A`;
    this.#out.write(`${up}${lines.map((line) => `\u001b[2K${line}\n`).join('')}\u001b[J`);
    this.#height = lines.length;
  }
}
