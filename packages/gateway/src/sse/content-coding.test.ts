import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { type ContentCoding, chooseCoding, createCompressor } from './content-coding.ts';

describe('the coding of a stream', () => {
  it.each<[string | undefined, ContentCoding | null]>([
    [undefined, null],
    ['', null],
    ['gzip', 'gzip'],
    ['gzip, deflate, br, zstd', 'gzip'],
    ['br, zstd', 'zstd'],
    ['zstd, gzip;q=0.5', 'zstd'],
    ['GZIP;Q=0.8', 'gzip'],
    ['gzip;q=0', null],
    ['gzip; q=0.0, zstd;q=0', null],
    ['identity, gzip;q=0.5', null],
    ['identity;q=0.5, gzip', 'gzip'],
    ['*', null],
    ['br', null],
    ['gzip;q=much', null],
  ])('of a client that accepts %j is %j', (header, coding) => {
    expect(chooseCoding(header)).toBe(coding);
  });

  it.each([
    ['gzip', gunzipSync],
    ['zstd', zstdDecompressSync],
  ] as const)('%s lets every write out at once', async (coding, decompress) => {
    const compressor = createCompressor(coding);
    const out: Buffer[] = [];
    compressor.on('data', (chunk: Buffer) => out.push(chunk));
    for (let n = 1; n <= 20; n++) {
      const before = out.length;
      await new Promise<void>((done) => compressor.write(`data: {"n":${n}}\n\n`, () => done()));
      await expect.poll(() => out.length).toBeGreaterThan(before);
    }
    await new Promise<void>((done) => compressor.once('end', done).end());
    expect(decompress(Buffer.concat(out)).toString()).toBe(
      Array.from({ length: 20 }, (_, n) => `data: {"n":${n + 1}}\n\n`).join(''),
    );
  });
});
