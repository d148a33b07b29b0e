const CRLF = Buffer.from('\r\n');

/**
 * The same bytes twice in one piece of memory: as they are, and framed as one chunk of HTTP/1.1's chunked transfer
 * coding (RFC 9112, section 7.1). The framing is made once and shared, where Node would make it for every client.
 */
export interface Chunk {
  readonly bytes: Buffer;
  readonly framed: Buffer;
}

/** @param parts at least one byte in all: a chunk of none would end the response. */
export function toChunk(parts: readonly Buffer[]): Chunk {
  let length = 0;
  for (const part of parts) length += part.length;
  const head = `${length.toString(16)}\r\n`;
  const framed = Buffer.allocUnsafe(head.length + length + CRLF.length);
  let at = framed.write(head, 0, 'latin1');
  for (const part of parts) at += part.copy(framed, at);
  CRLF.copy(framed, at);
  return { bytes: framed.subarray(head.length, head.length + length), framed };
}
