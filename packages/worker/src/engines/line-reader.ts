import { StringDecoder } from 'node:string_decoder';

/** From chunks to lines, in bounded memory: a line that is too long is left out, wherever it was cut. */
export class LineReader {
  readonly #maxLength: number;
  readonly #onLine: (line: string) => void;
  readonly #decoder = new StringDecoder('utf8');
  #pieces: string[] = [];
  #length = 0;

  constructor(maxLength: number, onLine: (line: string) => void) {
    this.#maxLength = maxLength;
    this.#onLine = onLine;
  }

  push(chunk: Buffer): void {
    const [first = '', ...others] = this.#decoder.write(chunk).split('\n');
    this.#add(first);
    for (const piece of others) {
      this.#flush();
      this.#add(piece);
    }
  }

  /** What has no line break after it is a line all the same. */
  end(): void {
    this.#add(this.#decoder.end());
    this.#flush();
  }

  #add(piece: string): void {
    this.#length += piece.length;
    if (this.#length <= this.#maxLength) this.#pieces.push(piece);
    else this.#pieces = [];
  }

  #flush(): void {
    const line = this.#pieces.join('');
    const isWhole = this.#length === line.length;
    this.#pieces = [];
    this.#length = 0;
    if (isWhole && line !== '') this.#onLine(line);
  }
}
