import { createWriteStream, openSync, renameSync, statSync, type WriteStream } from 'node:fs';

/**
 * A file that is appended to until it is as long as it may be. Then it becomes `NAME.1`, what was that `NAME.2`, and so
 * on; the oldest goes. Whatever fails, nobody is told: a full disk must not end a service over its log.
 */
export class RotatingFile {
  readonly #path: string;
  readonly #maxBytes: number;
  readonly #kept: number;
  #stream: WriteStream | null;
  #bytes: number;

  /** @param kept how many older ones stay beside it, at least 1. */
  constructor(path: string, maxBytes: number, kept: number) {
    this.#path = path;
    this.#maxBytes = maxBytes;
    this.#kept = kept;
    this.#bytes = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
    this.#stream = open(path);
  }

  /** A line is never divided between two files. */
  write(line: string): void {
    const bytes = Buffer.byteLength(line);
    if (this.#bytes > 0 && this.#bytes + bytes > this.#maxBytes) this.#rotate();
    this.#bytes += bytes;
    this.#stream?.write(line);
  }

  #rotate(): void {
    // Also where renaming fails: it is tried again after as many bytes, not at every line.
    this.#bytes = 0;
    try {
      for (let n = this.#kept - 1; n >= 0; n--) {
        const from = n === 0 ? this.#path : `${this.#path}.${n}`;
        if (statSync(from, { throwIfNoEntry: false })) renameSync(from, `${this.#path}.${n + 1}`);
      }
    } catch {
      return;
    }
    // What it still has to write goes to the file that it has open, whatever that is called by now.
    this.#stream?.end();
    this.#stream = open(this.#path);
  }
}

/** Opened at once: a stream that opens by and by would open what was put in its place meanwhile. */
function open(path: string): WriteStream | null {
  try {
    const stream = createWriteStream(path, { fd: openSync(path, 'a', 0o600) });
    stream.on('error', () => {});
    return stream;
  } catch {
    return null;
  }
}
