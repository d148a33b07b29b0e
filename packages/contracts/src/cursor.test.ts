import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Cursor, cursorSchema, formatCursor, parseCursor } from './cursor.ts';

const epoch = fc.stringMatching(/^[A-Za-z0-9]{1,32}$/);
const seq = fc.maxSafeNat();

describe('a cursor', () => {
  it('comes back from its text as it was', () => {
    fc.assert(
      fc.property(fc.record({ epoch, seq }, { noNullPrototype: true }), (cursor: Cursor) => {
        const text = formatCursor(cursor);
        expect(parseCursor(text)).toEqual(cursor);
        expect(cursorSchema.safeParse(text).success).toBe(true);
      }),
    );
  });

  it('has one text only: any other is null', () => {
    const almost = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.tuple(fc.string(), fc.string()).map(([left, right]) => `${left}:${right}`),
      fc.tuple(epoch, fc.double()).map(([left, right]) => `${left}:${right}`),
      fc.tuple(epoch, fc.bigInt({ min: 0n, max: 10n ** 20n })).map(([left, right]) => `${left}:${right}`),
      // A good one with one character put in or taken out.
      fc.tuple(epoch, seq, fc.nat(), fc.string({ maxLength: 1 })).map(([left, right, at, change]) => {
        const text = `${left}:${right}`;
        const index = at % text.length;
        return text.slice(0, index) + change + text.slice(index + (change === '' ? 1 : 0));
      }),
    );
    fc.assert(
      fc.property(almost, (text) => {
        const cursor = parseCursor(text);
        if (cursor === null) expect(cursorSchema.safeParse(text).success).toBe(false);
        else expect(formatCursor(cursor)).toBe(text);
      }),
      { numRuns: 2000 },
    );
  });

  it.each(['', ':', '1', 'a:', ':1', 'a:1:2', 'a:01', 'a:+1', 'a:1e3', 'a:1\n', '\na:1', 'a: 1', 'é:1', 'a:٣'])(
    'is not %j',
    (text) => {
      expect(parseCursor(text)).toBeNull();
    },
  );

  it('is not what a double cannot hold exactly', () => {
    expect(parseCursor(`a:${Number.MAX_SAFE_INTEGER}`)?.seq).toBe(Number.MAX_SAFE_INTEGER);
    expect(parseCursor('a:9007199254740992')).toBeNull();
  });
});
