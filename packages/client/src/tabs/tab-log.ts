import type { Cursor } from '@hermes/contracts';
import { StreamCursor } from '../cursor.ts';
import type { StreamEvent } from '../stream-event.ts';
import { RESET, StreamMemory } from './stream-memory.ts';

/** One tab's place in the log, from whichever leader the events come. */
export class TabLog {
  readonly #cursor = new StreamCursor();
  readonly #memory = new StreamMemory();
  /** The stream began without a place in the log although this tab had one. */
  #owesReset = false;

  get position(): Cursor | null {
    return this.#cursor.position;
  }

  /** What of that is news to this tab, and must be handed on. */
  take(event: StreamEvent): StreamEvent[] {
    const news: StreamEvent[] = [];
    // What lies between is not going to come; a server says so by itself, a leader that joined late does not.
    if (this.#owesReset && event.event !== 'reset') news.push(RESET);
    this.#owesReset = false;
    if (event.event === 'connected' && !event.data.recovered) {
      this.#owesReset = this.#cursor.position !== null;
      this.#cursor.forget();
    }
    if (event.event === 'reset') this.#cursor.forget();
    if (event.seq === null || event.epoch === null || this.#isNew(event, { epoch: event.epoch, seq: event.seq })) {
      news.push(event);
    }
    for (const one of news) this.#memory.take(one);
    return news;
  }

  /** How the stream begins for a tab that has come as far as `cursor`. */
  since(cursor: Cursor | null): StreamEvent[] {
    return this.#memory.since(cursor);
  }

  /** A snapshot may stand where this tab has been. */
  #isNew(event: StreamEvent, position: Cursor): boolean {
    return this.#cursor.advance(position) || event.event === 'snapshot';
  }
}
