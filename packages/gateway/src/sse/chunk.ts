/** Follows the bytes of a chunk. */
export const CHUNK_END = '\r\n';

/** Goes before the bytes of a chunk. */
export function chunkHead(size: number): string {
  return `${size.toString(16)}\r\n`;
}

/**
 * The same bytes twice in one piece of memory: as they are, and framed as one chunk of HTTP/1.1's chunked transfer
 * coding (RFC 9112, section 7.1). The framing is made once and shared, where Node would make it for every client.
 */
export interface Chunk {
  readonly bytes: Buffer;
  readonly framed: Buffer;
  /** The length of `bytes`, which need not be asked for it. */
  readonly size: number;
}

/** @param parts at least one byte in all: a chunk of none would end the response. */
export function toChunk(parts: readonly Buffer[]): Chunk {
  let size = 0;
  for (const part of parts) size += part.length;
  const head = chunkHead(size);
  const framed = Buffer.allocUnsafe(head.length + size + CHUNK_END.length);
  let at = framed.write(head, 0, 'latin1');
  for (const part of parts) at += part.copy(framed, at);
  framed.write(CHUNK_END, at, 'latin1');
  return { bytes: withoutFraming(framed, size), framed, size };
}

/** @param size how many bytes the chunk holds */
export function withoutFraming(framed: Buffer, size: number): Buffer {
  const end = framed.length - CHUNK_END.length;
  return framed.subarray(end - size, end);
}
