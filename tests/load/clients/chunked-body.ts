const LINE_FEED = 10;

type Part = 'size' | 'extension' | 'data' | 'after-data';

/** Takes the chunk framing of HTTP/1.1 off, a few operations a chunk: the data itself is not looked at. */
export class ChunkedBody {
  #part: Part = 'size';
  #size = 0;
  #remaining = 0;
  /** The last chunk has come. */
  isEnded = false;

  /** @param onData called with the bounds of each piece of the body; the bytes are only there during the call. */
  feed(bytes: Buffer, from: number, to: number, onData: (from: number, to: number) => void): void {
    let at = from;
    while (at < to && !this.isEnded) {
      if (this.#part === 'data') {
        const end = Math.min(to, at + this.#remaining);
        onData(at, end);
        this.#remaining -= end - at;
        at = end;
        if (this.#remaining === 0) this.#part = 'after-data';
        continue;
      }
      const byte = bytes[at++] as number;
      if (byte === LINE_FEED) this.#endLine();
      else if (this.#part === 'size') {
        const digit = hexDigit(byte);
        if (digit === -1) this.#part = 'extension';
        else this.#size = this.#size * 16 + digit;
      }
    }
  }

  #endLine(): void {
    if (this.#part === 'after-data') {
      this.#part = 'size';
      this.#size = 0;
      return;
    }
    this.#remaining = this.#size;
    this.#part = 'data';
    this.isEnded = this.#size === 0;
  }
}

function hexDigit(byte: number): number {
  if (byte >= 48 && byte <= 57) return byte - 48;
  const letter = byte | 32;
  return letter >= 97 && letter <= 102 ? letter - 87 : -1;
}
