import { type Cursor, formatCursor } from '@hermes/contracts';

/**
 * How far a stream has been read. Ids strictly increase on a connection and a resumed one begins after the last id
 * held, so whatever does not lie beyond it was seen before.
 */
export class StreamCursor {
  #position: Cursor | null = null;

  /** Moves on to `cursor`; false if that is no progress. Another epoch always is. */
  advance(cursor: Cursor): boolean {
    if (this.#position?.epoch === cursor.epoch && cursor.seq <= this.#position.seq) return false;
    this.#position = cursor;
    return true;
  }

  /** For when the server says that what this client knew is worth nothing. */
  forget(): void {
    this.#position = null;
  }

  /** null before the first event, and after `forget`. */
  get position(): Cursor | null {
    return this.#position;
  }

  /** Goes on from there, whatever was seen before. */
  moveTo(position: Cursor | null): void {
    this.#position = position;
  }

  /** For `Last-Event-ID`; null before the first event, and then the server begins with a snapshot. */
  get lastEventId(): string | null {
    return this.#position && formatCursor(this.#position);
  }
}
