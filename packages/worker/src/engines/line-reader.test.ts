import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LineReader } from './line-reader.ts';

function read(chunks: readonly Buffer[], maxLength = 1000): string[] {
  const lines: string[] = [];
  const reader = new LineReader(maxLength, (line) => lines.push(line));
  for (const chunk of chunks) reader.push(chunk);
  reader.end();
  return lines;
}

describe('LineReader', () => {
  it('gives the same lines however they were cut', () => {
    const text = fc.array(fc.string({ unit: 'grapheme', maxLength: 20 }).filter((line) => !line.includes('\n')));
    fc.assert(
      fc.property(text, fc.integer({ min: 1, max: 9 }), (lines, size) => {
        const bytes = Buffer.from(lines.join('\n'));
        const chunks: Buffer[] = [];
        for (let at = 0; at < bytes.length; at += size) chunks.push(bytes.subarray(at, at + size));
        expect(read(chunks)).toEqual(lines.filter((line) => line !== ''));
      }),
    );
  });

  it('leaves out a line that is too long, and only that', () => {
    expect(
      read(
        ['a\n', 'x'.repeat(6), 'x'.repeat(6), '\nb\n', 'y'.repeat(10)].map((text) => Buffer.from(text)),
        10,
      ),
    ).toEqual(['a', 'b', 'y'.repeat(10)]);
  });
});
