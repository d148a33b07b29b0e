import { constants, createGzip, createZstdCompress } from 'node:zlib';

/** A compressor of one stream: every write comes out whole at once, so that no event waits for the next. */
export type Compressor = ReturnType<typeof createGzip> | ReturnType<typeof createZstdCompress>;

/**
 * The codings that streams can have, the preferred one first. What repeats in a stream is the last message about the
 * same download, so the window has to reach back over all that is active: 32 KB hold a hundred downloads, and with half
 * of that they take twice the bytes. zstd costs less time and four times the memory for about the same bytes.
 */
const CODINGS = {
  gzip: (): Compressor => createGzip({ flush: constants.Z_SYNC_FLUSH, windowBits: 15, memLevel: 5, chunkSize: 4096 }),
  zstd: (): Compressor =>
    createZstdCompress({
      flush: constants.ZSTD_e_flush,
      chunkSize: 4096,
      params: { [constants.ZSTD_c_windowLog]: 17, [constants.ZSTD_c_compressionLevel]: 1 },
    }),
} as const;

export type ContentCoding = keyof typeof CODINGS;

export function createCompressor(coding: ContentCoding): Compressor {
  return CODINGS[coding]();
}

/**
 * The coding that a client wants most of those there are, or null for none (RFC 9110, section 12.5.3). Of equals the
 * first of ours; one that is only covered by `*` is not taken, since that is what clients say that just do not care.
 */
export function chooseCoding(acceptEncoding: string | undefined): ContentCoding | null {
  if (acceptEncoding === undefined) return null;
  const weights = new Map<string, number>();
  for (const part of acceptEncoding.toLowerCase().split(',')) {
    const [name = '', ...parameters] = part.split(';').map((text) => text.trim());
    const q = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2) ?? '1';
    weights.set(name, Number(q));
  }
  let best: ContentCoding | null = null;
  let bestWeight = 0;
  for (const coding of Object.keys(CODINGS) as ContentCoding[]) {
    const weight = weights.get(coding) ?? 0;
    // Not a number compares as false: a weight that cannot be read is none.
    if (weight > bestWeight) [best, bestWeight] = [coding, weight];
  }
  return bestWeight >= (weights.get('identity') ?? 0) ? best : null;
}
