import { createHash, type Hash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { toDiskFailure } from '../engines/download-failure.ts';

const READ_BYTES = 1024 * 1024;

/** A partial file that grows at its end, with the sum of its bytes as they come. */
export class PartFile {
  readonly #handle: FileHandle;
  #hash: Hash = createHash('sha256');
  #size = 0;

  constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  /** Bytes that are on disk and in the sum. */
  get size(): number {
    return this.#size;
  }

  /** Takes in the bytes that an earlier attempt has written. */
  async rehash(signal: AbortSignal): Promise<void> {
    const buffer = Buffer.allocUnsafe(READ_BYTES);
    for (;;) {
      signal.throwIfAborted();
      const { bytesRead } = await this.#disk(() => this.#handle.read(buffer, 0, READ_BYTES, this.#size));
      if (bytesRead === 0) return;
      this.#hash.update(buffer.subarray(0, bytesRead));
      this.#size += bytesRead;
    }
  }

  /**
   * At an explicit position: of two workers that hold the file, each writes a byte where it belongs. After a failure
   * nothing more can be appended.
   */
  async append(bytes: Buffer): Promise<void> {
    const written = this.#disk(() => this.#write(bytes));
    // While the system writes: it has threads of its own for that.
    this.#hash.update(bytes);
    await written;
    this.#size += bytes.length;
  }

  async #write(bytes: Buffer): Promise<void> {
    let written = 0;
    while (written < bytes.length) {
      const position = this.#size + written;
      written += (await this.#handle.write(bytes, written, bytes.length - written, position)).bytesWritten;
    }
  }

  /** After this a power cut does not take the bytes back. */
  async sync(): Promise<void> {
    await this.#disk(() => this.#handle.datasync());
  }

  sha256(): string {
    return this.#hash.copy().digest('hex');
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }

  async #disk<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw toDiskFailure(error);
    }
  }
}
