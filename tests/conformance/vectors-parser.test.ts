import { createParser } from 'eventsource-parser';
import { describe, expect, test } from 'vitest';
import { type ExpectedEvent, VECTORS, type Vector } from './event-stream-vectors.ts';

/** As a client would use it: the parser tells ids, and the client keeps the last. */
function parse(chunks: readonly Buffer[]): Pick<Vector, 'events' | 'lastEventId' | 'retry'> {
  const events: ExpectedEvent[] = [];
  let lastEventId = '';
  let retry: number | undefined;
  const parser = createParser({
    onId: (id) => {
      lastEventId = id;
    },
    onRetry: (milliseconds) => {
      retry = milliseconds;
    },
    onEvent: ({ event, data }) => events.push({ type: event ?? 'message', data, id: lastEventId }),
  });
  // The parser takes the byte order mark away by itself.
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  for (const chunk of chunks) parser.feed(decoder.decode(chunk, { stream: true }));
  return { events, lastEventId, ...(retry === undefined ? {} : { retry }) };
}

/** In two pieces, cut at every place that there is; in pieces of one byte; and whole. */
function waysToCut(bytes: Buffer): Buffer[][] {
  const ways = [[bytes], [...bytes].map((byte) => Buffer.from([byte]))];
  for (let at = 1; at < bytes.length; at++) ways.push([bytes.subarray(0, at), bytes.subarray(at)]);
  return ways;
}

describe('eventsource-parser', () => {
  test.each(VECTORS)('$name', ({ bytes, events, lastEventId, retry }) => {
    for (const chunks of waysToCut(bytes)) {
      expect(parse(chunks), `cut as ${chunks.map(({ length }) => length)}`).toEqual({
        events,
        lastEventId,
        ...(retry === undefined ? {} : { retry }),
      });
    }
  });
});
