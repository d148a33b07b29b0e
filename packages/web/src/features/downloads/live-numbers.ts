import type { Download } from '@hermes/contracts';
import { calmTurn, LATE_MS } from './calm.ts';
import { BarValue } from './progress-bar.tsx';
import { runningPercent, runningProgress, runningTexts, spokenTexts } from './running-texts.ts';

/** An element of somebody else's that is written into. */
class Cell {
  element: HTMLElement | null = null;

  /** For React. */
  readonly ref = (element: HTMLElement | null): void => {
    this.element = element;
  };

  /** Nothing has been written yet. */
  get isEmpty(): boolean {
    return this.element?.firstChild === null;
  }

  write(text: string): void {
    const node = this.element?.firstChild;
    if (this.element === null || node === undefined) return;
    if (node === null) this.element.textContent = text;
    else if (node.nodeValue !== text) node.nodeValue = text;
  }
}

/**
 * Writes the numbers of a running download into the cells that React has drawn empty for them. They change several times a
 * second, and to draw a row by React costs ten times what there is to change.
 */
export class LiveNumbers {
  readonly bar = new Cell();
  readonly percent = new Cell();
  readonly size = new Cell();
  readonly speed = new Cell();
  readonly left = new Cell();
  readonly #value = new BarValue();
  #status: Download['status'] | null = null;
  #calmAt = Number.NEGATIVE_INFINITY;
  #latest: Download | null = null;

  /** Whatever is due of it is written at once. */
  show(download: Download): void {
    this.#latest = download;
    const { element: bar } = this.bar;
    if (bar === null) return;
    // The percentage only grows; the rest could not be read, and a step of the bar be too short to be seen.
    const turn = calmTurn();
    const isTurn = turn !== this.#calmAt || download.status !== this.#status || this.size.isEmpty;
    this.percent.write(runningPercent(download));
    this.#value.move(bar, runningProgress(download), isTurn);
    if (!isTurn) {
      late.add(this);
      return;
    }
    this.#status = download.status;
    this.#calmAt = turn;
    late.delete(this);
    const texts = runningTexts(download);
    this.size.write(texts.size);
    this.speed.write(texts.speed);
    this.left.write(texts.left);
    this.#value.say(bar, runningProgress(download), spokenTexts(download.status, texts));
  }

  /** Writes what waits for its turn. */
  settle(): void {
    this.#calmAt = Number.NEGATIVE_INFINITY;
    if (this.#latest !== null) this.show(this.#latest);
  }

  /** It is shown no more. */
  dispose(): void {
    late.delete(this);
  }
}

/** Those with something unwritten, and one timer for all of them, that only runs out when the stream falls silent. */
class Late {
  readonly #numbers = new Set<LiveNumbers>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  add(numbers: LiveNumbers): void {
    this.#numbers.add(numbers);
    this.#timer ??= setTimeout(this.#settle, LATE_MS);
  }

  delete(numbers: LiveNumbers): void {
    if (!this.#numbers.delete(numbers) || this.#numbers.size > 0) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #settle = (): void => {
    this.#timer = undefined;
    for (const numbers of [...this.#numbers]) numbers.settle();
  };
}

const late = new Late();
