import { CHUNK_END, type Chunk, chunkHead } from './chunk.ts';

/** What one frame consists of. `data` is text on one line, already serialised. */
export interface FrameParts {
  id?: string;
  event: string;
  data: string;
}

// Either would end the field early and let what follows be read as fields of its own; NUL makes a client drop the id.
const UNSAFE_FIELD = /[\r\n\0]/;

/**
 * One event of a stream as the HTML standard's event-stream format writes it.
 * @throws {RangeError} if id or event hold CR, LF or NUL: they come from us, so that is a defect and not an input.
 */
export function encodeFrame(parts: FrameParts): Buffer {
  return Buffer.from(toText(parts));
}

/**
 * Memory for frames that are kept. Node cuts small buffers out of slabs that everything shares: a frame of 290 bytes that
 * lives long keeps a slab of 8 KiB, of which the rest is long forgotten. Memory of its own for each frame would cost ten
 * times as much to make, and more to collect. So frames that are forgotten in the order they came share slabs of their own.
 */
export class FrameMemory {
  readonly #slabBytes: number;
  #slab = Buffer.alloc(0);
  #used = 0;

  constructor(slabBytes: number) {
    this.#slabBytes = slabBytes;
  }

  /** As `encodeFrame`, and framed as `toChunk` does it: what goes out alone, as most does, need not be copied for that. */
  encode(parts: FrameParts): Omit<Chunk, 'bytes'> {
    const text = toText(parts);
    const size = Buffer.byteLength(text);
    const head = chunkHead(size);
    const length = head.length + size + CHUNK_END.length;
    if (this.#used + length > this.#slab.length) {
      this.#slab = Buffer.allocUnsafeSlow(Math.max(this.#slabBytes, length));
      this.#used = 0;
    }
    const framed = this.#slab.subarray(this.#used, this.#used + length);
    this.#slab.write(head + text + CHUNK_END, this.#used);
    this.#used += length;
    return { framed, size };
  }
}

function toText({ id, event, data }: FrameParts): string {
  if (UNSAFE_FIELD.test(event) || (id !== undefined && UNSAFE_FIELD.test(id))) {
    throw new RangeError('id and event of a frame must not hold CR, LF or NUL');
  }
  const head = id === undefined ? `event: ${event}\n` : `id: ${id}\nevent: ${event}\n`;
  return `${head}data: ${toDataLines(data)}\n\n`;
}

/** Sets how long a client waits before it reconnects. */
export function encodeRetry(milliseconds: number): Buffer {
  return Buffer.from(`retry: ${Math.round(milliseconds)}\n\n`);
}

/** JSON never holds a raw line break, so this is for whatever else may come: each line becomes a data field. */
function toDataLines(data: string): string {
  return /[\r\n]/.test(data) ? data.split(/\r\n|\r|\n/).join('\ndata: ') : data;
}
