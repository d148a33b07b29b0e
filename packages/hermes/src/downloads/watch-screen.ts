import { type Download, isActiveStatus, isFinalStatus } from '@hermes/contracts';
import { BarScreen } from './draw-bars.ts';

/** As often as the eye follows; a terminal that is far away takes no more. */
const FRAME_MS = 100;

/** Shows downloads as bars on a terminal, as a line a step elsewhere, or as a JSON object a change. */
export class WatchScreen {
  readonly #out: NodeJS.WriteStream;
  readonly #json: boolean;
  readonly #bars: BarScreen;
  #timer: NodeJS.Timeout | undefined;
  #waiting: ReadonlyMap<string, Download> | null = null;

  constructor(out: NodeJS.WriteStream, json: boolean) {
    this.#out = out;
    this.#json = json;
    this.#bars = new BarScreen(out);
  }

  show(changed: readonly Download[], all: ReadonlyMap<string, Download>): void {
    if (this.#json) for (const download of changed) this.#out.write(`${JSON.stringify(download)}\n`);
    else if (!this.#out.isTTY) this.#bars.draw(inOrder(changed));
    else {
      this.#waiting = all;
      this.#timer ??= setTimeout(() => this.finish(), FRAME_MS);
    }
  }

  /** Draws what has not been drawn yet. */
  finish(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#waiting !== null) this.#bars.draw(inOrder([...this.#waiting.values()]));
    this.#waiting = null;
  }
}

/** What moves goes first, since not everything may fit; then what waits, then what has ended. */
function inOrder(downloads: readonly Download[]): Map<string, Download> {
  const rank = ({ status }: Download) => (isActiveStatus(status) ? 0 : isFinalStatus(status) ? 2 : 1);
  const sorted = downloads.toSorted((a, b) => rank(a) - rank(b) || a.created_at.localeCompare(b.created_at));
  return new Map(sorted.map((download) => [download.download_id, { ...download, filename: nameOf(download) }]));
}

/** Of one that has no name yet, the end of its address. */
export function nameOf({ filename, url }: Pick<Download, 'filename' | 'url'>): string {
  return (
    filename ??
    (URL.parse(url)
      ?.pathname.split('/')
      .findLast((part) => part !== '') ||
      url)
  );
}
