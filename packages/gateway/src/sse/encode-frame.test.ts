import { createParser, type EventSourceMessage } from 'eventsource-parser';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { toChunk } from './chunk.ts';
import { encodeFrame, encodeRetry, FrameMemory } from './encode-frame.ts';

function parse(bytes: Uint8Array): { events: EventSourceMessage[]; retries: number[] } {
  const events: EventSourceMessage[] = [];
  const retries: number[] = [];
  const parser = createParser({ onEvent: (event) => events.push(event), onRetry: (retry) => retries.push(retry) });
  parser.feed(new TextDecoder().decode(bytes));
  return { events, retries };
}

/** Text that a UTF-8 stream can hold, rich in what the format treats specially. */
const text = fc.string({
  unit: fc.oneof(
    fc.constantFrom('\r', '\n', '\r\n', '\0', ':', ' ', '\ufeff', 'data: x'),
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }),
  ),
});
const field = fc.string({ minLength: 1 }).filter((value) => !/[\r\n\0]/.test(value));

test('frames that are kept say the same, lie beside each other, and share memory with nothing else', () => {
  fc.assert(
    fc.property(fc.array(text, { minLength: 1, maxLength: 50 }), (datas) => {
      const memory = new FrameMemory(256);
      const kept = datas.map((data) => memory.encode({ id: 'e:1', event: 'name', data }));
      // Compared when all are there: none has written into another.
      for (const [index, data] of datas.entries()) {
        const { framed, size } = toChunk([encodeFrame({ id: 'e:1', event: 'name', data })]);
        expect(kept[index]).toEqual({ framed, size });
      }
      for (const { framed } of kept) {
        expect(framed.buffer.byteLength).toBeLessThanOrEqual(Math.max(256, framed.length));
      }
    }),
  );
});

describe('encodeFrame', () => {
  test('carries any text, which a parser we did not write reads back', () => {
    fc.assert(
      fc.property(text, (data) => {
        const { events } = parse(encodeFrame({ id: 'e:1', event: 'name', data }));
        // A line break of any kind is read as LF: that is all the format can say.
        expect(events).toEqual([{ id: 'e:1', event: 'name', data: data.replace(/\r\n|\r/g, '\n') }]);
      }),
    );
  });

  test('carries any id and event name without a line break', () => {
    fc.assert(
      fc.property(field, field, (id, event) => {
        expect(parse(encodeFrame({ id, event, data: '{}' })).events).toEqual([{ id, event, data: '{}' }]);
      }),
    );
  });

  test('keeps frames apart, however many stand behind one another', () => {
    fc.assert(
      fc.property(fc.array(text, { maxLength: 10 }), (all) => {
        const bytes = Buffer.concat(all.map((data) => encodeFrame({ event: 'name', data })));
        expect(parse(bytes).events).toHaveLength(all.length);
      }),
    );
  });

  test.each(['\r', '\n', '\0', 'a\r\ndata: injected\n\n'])('refuses %j in id and event', (bad) => {
    expect(() => encodeFrame({ id: bad, event: 'name', data: '' })).toThrow(RangeError);
    expect(() => encodeFrame({ event: bad, data: '' })).toThrow(RangeError);
  });

  test('has these bytes', () => {
    expect(encodeFrame({ id: 'e:1', event: 'test', data: '{"n":1}' }).toString()).toBe(
      'id: e:1\nevent: test\ndata: {"n":1}\n\n',
    );
    expect(encodeFrame({ event: 'test', data: 'a\r\nb\rc\nd' }).toString()).toBe(
      'event: test\ndata: a\ndata: b\ndata: c\ndata: d\n\n',
    );
  });
});

test('encodeRetry writes whole milliseconds and is no event', () => {
  expect(parse(encodeRetry(1234.5))).toEqual({ events: [], retries: [1235] });
});
