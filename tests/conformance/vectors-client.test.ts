// @vitest-environment jsdom
import { EventStream, type StreamEvent } from '@hermes/client';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { connect, type Frame } from '../../packages/client/src/connect.ts';
import { ByteServer, type Cut } from './byte-server.ts';
import { type ExpectedEvent, VECTORS, type Vector } from './event-stream-vectors.ts';

const CUTS: readonly Cut[] = ['whole', 'bytes'];
const CONNECTED = JSON.stringify({
  connection_id: 'c1',
  recovered: false,
  cursor: 'e1:0',
  server_time: '2026-01-01T00:00:00.000Z',
  heartbeat_interval: 30,
  topics: ['downloads', 'queue', 'system'],
});
const COUNTS = '{"queued":0,"downloading":0,"processing":0,"paused":0,"completed":0,"failed":0,"cancelled":0}';
const notice = (code: string) => `{"level":"info","code":"${code}","message":"東京"}`;

/**
 * What our gateway says, in all the ways in which a proxy or another implementation might rewrite it and the standard
 * would still have it mean the same.
 */
const REWRITTEN: readonly { name: string; text: string }[] = [
  { name: 'as it comes', text: frames('\n', ': ') },
  { name: 'with CR', text: frames('\r', ': ') },
  { name: 'with CRLF', text: frames('\r\n', ': ') },
  { name: 'without spaces, after a byte order mark', text: `\uFEFF${frames('\n', ':')}` },
  { name: 'with comments in every place', text: frames('\n: keep-alive\n:\n', ': ') },
  { name: 'with JSON over several lines', text: frames('\n', ': ').replaceAll(',"', ',\ndata: "') },
  {
    name: 'with comments and names in blocks of their own',
    text: frames('\n', ': ').replaceAll('\n\n', '\n\n: x\n\nevent: x\n\n'),
  },
];

function frames(end: string, colon: string): string {
  const blocks = [
    ['retry: 20'],
    ['event: connected', `data: ${CONNECTED}`],
    ['id: e1:5', 'event: snapshot', `data: {"downloads":[],"counts":${COUNTS},"page":1,"last":true}`],
    ['id: e1:6', 'event: system_notification', `data: ${notice('FIRST')}`],
    ['id: e1:9', 'event: system_notification', `data: ${notice('SECOND')}`],
    ['event: draining', 'data: {"reason":"max_age","retry_after_ms":10}'],
  ];
  return blocks
    .map(
      (lines) => `${lines.map((line) => line.replace(': ', colon) + end).join('')}${end.at(-1) === '\r' ? '\r' : '\n'}`,
    )
    .join('');
}

let server: ByteServer;
beforeAll(async () => {
  server = await ByteServer.start([
    ...VECTORS.map(({ bytes }) => bytes),
    ...REWRITTEN.map(({ text }) => Buffer.from(text)),
  ]);
});
afterAll(() => server.close());

async function framesOf(path: string): Promise<{ frames: Frame[]; retry: number | undefined }> {
  const found: { frames: Frame[]; retry: number | undefined } = { frames: [], retry: undefined };
  await connect({
    url: `${server.origin}${path}`,
    headers: {},
    fetch,
    signal: new AbortController().signal,
    onLife: () => {},
    onFrame: (frame) => found.frames.push(frame),
    onRetry: (milliseconds) => {
      found.retry = milliseconds;
    },
  });
  return found;
}

/** The standard's reading as our frames have it: no name for `message`, and nothing without data. */
function asFrames(events: readonly ExpectedEvent[]): Frame[] {
  return events
    .filter(({ data }) => data !== '')
    .map(({ type, data, id }) => ({ id, event: type === 'message' ? '' : type, data }));
}

describe('connect', () => {
  const cases = VECTORS.flatMap((vector, index) => CUTS.map((cut) => ({ ...vector, index, cut })));
  test.each(cases)('$name ($cut)', async (vector) => {
    const { frames, retry } = await framesOf(`/${vector.index}/${vector.cut}`);
    // Where the library reads something else, that is listed: a new version that mends it, or breaks more, is noticed.
    expect(frames.map(plainName)).toEqual(asFrames(vector.fetchEventSource?.events ?? vector.events));
    expect(retry).toBe(vector.fetchEventSource?.retry ?? vector.retry);
  });

  test('every deviation that is listed is one', () => {
    for (const { name, events, retry, fetchEventSource } of VECTORS) {
      if (fetchEventSource === undefined) continue;
      const standard: Pick<Vector, 'events'> & { retry: number | undefined } = { events, retry };
      expect({ events: fetchEventSource.events, retry: fetchEventSource.retry }, name).not.toEqual(standard);
    }
  });
});

function plainName({ id, event, data }: Frame): Frame {
  return { id, event: event === 'message' ? '' : event, data };
}

describe('EventStream does not depend on any of that', () => {
  const cases = REWRITTEN.flatMap(({ name }, index) => CUTS.map((cut) => ({ name, index, cut })));
  test.each(cases)('$name ($cut)', async ({ index, cut }) => {
    const path = `/${VECTORS.length + index}/${cut}`;
    const events: StreamEvent[] = [];
    const stream = new EventStream({ url: `${server.origin}${path}`, timing: { baseDelayMs: 5, maxDelayMs: 20 } });
    stream.subscribe((event) => events.push(event));
    stream.open();
    try {
      await vi.waitFor(() => expect(server.cameBackWith(path)).toBe('e1:9'), 10_000);
    } finally {
      stream.close();
    }
    expect(events.map(({ event, seq }) => [event, seq])).toEqual([
      ['connected', null],
      ['snapshot', 5],
      ['system_notification', 6],
      ['system_notification', 9],
      ['draining', null],
    ]);
    expect(events[2]?.data).toEqual(JSON.parse(notice('FIRST')));
  });
});
