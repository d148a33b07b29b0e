import fc from 'fast-check';
import { expect, it } from 'vitest';
import { toChunk } from './chunk.ts';

it('frames what it is given as one chunk', () => {
  const { bytes, framed } = toChunk([Buffer.from('data: ä\n'), Buffer.from('\n')]);
  expect(bytes.toString()).toBe('data: ä\n\n');
  expect(framed.toString()).toBe('a\r\ndata: ä\n\n\r\n');
});

it('says the length right, whatever it is', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ minLength: 1, maxLength: 400 }), { minLength: 1, maxLength: 20 }), (parts) => {
      const whole = Buffer.concat(parts);
      const { bytes, framed } = toChunk(parts.map((part) => Buffer.from(part)));
      expect(bytes.equals(whole)).toBe(true);
      const head = framed.indexOf('\r\n');
      expect(Number.parseInt(framed.toString('latin1', 0, head), 16)).toBe(whole.length);
      expect(framed.subarray(head + 2, -2).equals(whole)).toBe(true);
      expect(framed.subarray(-2).toString()).toBe('\r\n');
    }),
  );
});
