import type { IncomingMessage, ServerResponse } from 'node:http';

/** A file of which a server hands out a piece only when it is told to: so a test decides what can have happened. */
export class GatedFile {
  readonly content: Buffer;
  #released = 0;
  #wake: () => void = () => {};

  constructor(content: Buffer) {
    this.content = content;
  }

  /** @returns the bytes that are out now. */
  release(bytes: number): number {
    this.#released = Math.min(this.content.length, this.#released + bytes);
    this.#wake();
    return this.#released;
  }

  readonly handler = async (_request: IncomingMessage, response: ServerResponse): Promise<void> => {
    response.writeHead(200, { 'content-length': this.content.length, etag: '"gated"' });
    response.flushHeaders();
    let sent = 0;
    while (sent < this.content.length && !response.destroyed) {
      if (sent < this.#released) {
        response.write(this.content.subarray(sent, this.#released));
        sent = this.#released;
      } else {
        await new Promise<void>((done) => {
          this.#wake = done;
          response.once('close', done);
        });
      }
    }
    response.end();
  };
}
