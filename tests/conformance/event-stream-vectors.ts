/** What one event of a stream is to whoever listens. `id` is the last event id at that moment: it stays until changed. */
export interface ExpectedEvent {
  type: string;
  data: string;
  id: string;
}

export interface Vector {
  name: string;
  bytes: Buffer;
  /** What the HTML standard makes of it. */
  events: readonly ExpectedEvent[];
  /** What a client would come back with. */
  lastEventId: string;
  /** Milliseconds; absent: the client keeps its own. */
  retry?: number;
  /**
   * What `@microsoft/fetch-event-source` makes of it where that is something else. Events without data are left out:
   * our client drops them.
   */
  fetchEventSource?: { why: string; events: readonly ExpectedEvent[]; retry?: number };
  /** What an engine makes of it where that is something else; a newer one may have been mended. */
  engines?: Partial<Record<'Firefox' | 'WebKit', EngineDeviation>>;
}

interface EngineDeviation {
  why: string;
  events?: readonly ExpectedEvent[];
  lastEventId?: string;
  /** It takes a `retry` that is none, and so does not come back in time. */
  staysAway?: true;
}

const message = (data: string, id = ''): ExpectedEvent => ({ type: 'message', data, id });
const named = (type: string, data: string, id = ''): ExpectedEvent => ({ type, data, id });

function vector(
  name: string,
  text: string | Buffer,
  events: readonly ExpectedEvent[],
  more: Partial<Pick<Vector, 'lastEventId' | 'retry' | 'fetchEventSource' | 'engines'>> = {},
): Vector {
  const bytes = typeof text === 'string' ? Buffer.from(text) : text;
  return { name, bytes, events, lastEventId: events.at(-1)?.id ?? '', ...more };
}

const BOM = '\uFEFF';

/**
 * Everything that the grammar of the event stream can hold, each with what the standard says it means.
 * https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream
 */
export const VECTORS: readonly Vector[] = [
  vector('one event', 'data: one\n\n', [message('one')]),
  vector('a whole event', 'id: e:1\nevent: queue_update\ndata: {"a":1}\n\n', [named('queue_update', '{"a":1}', 'e:1')]),
  vector('fields in any order', 'data: x\nid: 7\nevent: late\n\n', [named('late', 'x', '7')]),

  // Lines.
  vector('lines that end with CR', 'event: a\rdata: 1\r\rdata: 2\r\r', [named('a', '1'), message('2')]),
  vector('lines that end with CRLF', 'event: a\r\ndata: 1\r\n\r\ndata: 2\r\n\r\n', [named('a', '1'), message('2')]),
  vector('all three mixed', 'event: a\rdata: 1\ndata: 2\r\n\rdata: 3\r\n\n', [named('a', '1\n2'), message('3')]),
  vector('CR CR LF: the second line is empty', 'data: 1\r\r\ndata: 2\n\n', [message('1'), message('2')]),
  vector('empty lines before, between and after', '\n\r\r\ndata: 1\n\n\n\n\ndata: 2\n\n\n', [
    message('1'),
    message('2'),
  ]),
  vector('other line separators are none', 'data: a\u0085b\u2028c\u000bd\u000ce\n\n', [
    message('a\u0085b\u2028c\u000bd\u000ce'),
  ]),

  // The byte order mark.
  vector('a byte order mark first', `${BOM}data: one\n\n`, [message('one')], {
    engines: { WebKit: { why: 'a mark that comes in pieces is not recognised', events: [] } },
  }),
  vector('a byte order mark first, then an id', `${BOM}id: 5\ndata: one\n\n`, [message('one', '5')], {
    engines: { WebKit: { why: 'as above', events: [message('one')], lastEventId: '' } },
  }),
  vector('only the first of two is dropped', `${BOM}${BOM}data: one\n\ndata: two\n\n`, [message('two')]),
  vector(
    'later it belongs to the name of a field',
    `data: one\n\n${BOM}data: x\n\ndata: two\n\n`,
    [message('one'), message('two')],
    {
      fetchEventSource: {
        why: 'each piece of a line is decoded by itself, and loses its own byte order mark',
        events: [message('one'), message('x'), message('two')],
      },
    },
  ),
  vector('and in data it is data', `data: ${BOM}one\n\n`, [message(`${BOM}one`)], {
    fetchEventSource: { why: 'as above', events: [message('one')] },
  }),

  // Comments.
  vector('comments are nothing', ': hello\ndata: 1\n:\n:data: no\ndata: 2\n\n', [message('1\n2')]),
  vector('comments alone are no event', ': a\n\n:\n\n: b\n\ndata: 1\n\n', [message('1')]),
  vector('a comment does not end a block', 'event: a\n: keep-alive\ndata: 1\n\n', [named('a', '1')]),

  // Data.
  vector('no data, no event; its name is forgotten', 'event: a\n\ndata: 1\n\n', [message('1')]),
  vector('empty data is an event', 'data:\n\ndata: \n\n', [message(''), message('')], {
    fetchEventSource: { why: 'no data and empty data look the same', events: [] },
  }),
  vector('several lines of data', 'data: {\ndata: "a": 1\ndata: }\n\n', [message('{\n"a": 1\n}')]),
  vector('two empty lines of data are a line break', 'data:\ndata:\n\n', [message('\n')], {
    fetchEventSource: { why: 'empty data does not count as a line', events: [] },
  }),
  vector('empty lines around data', 'data:\ndata: x\ndata:\n\n', [message('\nx\n')], {
    fetchEventSource: { why: 'as above, at the beginning', events: [message('x\n')] },
  }),
  vector('one space after the colon is dropped, and only one', 'data:  two\n\ndata:none\n\ndata: one\n\n', [
    message(' two'),
    message('none'),
    message('one'),
  ]),
  vector('a tab is not a space, and spaces at the end stay', 'data:\ta \n\n', [message('\ta ')]),
  vector('colons in a value are its own', 'data: a: b:c\n\ndata::x\n\n', [message('a: b:c'), message(':x')]),
  vector('text beyond ASCII', 'data: Zürich 東京 😀\nevent: 名\n\n', [named('名', 'Zürich 東京 😀')]),
  vector(
    'bytes that are no UTF-8',
    Buffer.concat([Buffer.from('data: a'), Buffer.from([0xff, 0xc3]), Buffer.from('b\n\ndata: 2\n\n')]),
    [message('a\uFFFD\uFFFDb'), message('2')],
  ),
  vector('NUL in data', 'data: a\0b\n\n', [message('a\0b')], {
    engines: { Firefox: { why: 'NUL is left out', events: [message('ab')] } },
  }),

  // Fields.
  vector(
    'a field without a colon has an empty value',
    'data\n\ndata\ndata\n\ndata: 1\nevent\n\n',
    [message(''), message('\n'), message('1')],
    { fetchEventSource: { why: 'a line without a colon is ignored', events: [message('1')] } },
  ),
  vector('unknown fields are ignored', 'foo: bar\ndata: 1\nbar\nretried: 5\n\n', [message('1')]),
  vector('names are told apart by case', 'Data: no\nEVENT: no\nID: 4\ndata: 1\n\n', [message('1')]),
  vector('a space before the name makes it another', ' data: no\ndata : no\ndata: 1\n\n', [message('1')]),
  vector('the last event name counts, the next block has none', 'event: a\nevent: b\ndata: 1\n\ndata: 2\n\n', [
    named('b', '1'),
    message('2'),
  ]),
  vector('an empty event name is message', 'event: a\nevent:\ndata: 1\n\nevent: message\ndata: 2\n\n', [
    message('1'),
    message('2'),
  ]),
  vector('an event named error is not an error', 'event: error\ndata: 1\n\nevent: open\ndata: 2\n\n', [
    named('error', '1'),
    named('open', '2'),
  ]),

  // The last event id.
  vector(
    'an id stays until it is changed',
    'id: 1\ndata: a\n\ndata: b\n\nid: 2\ndata: c\n\n',
    [message('a', '1'), message('b', '1'), message('c', '2')],
    {
      fetchEventSource: {
        why: 'an event has the id of its own block only',
        events: [message('a', '1'), message('b', ''), message('c', '2')],
      },
    },
  ),
  vector('an empty id takes it back', 'id: 1\ndata: a\n\nid:\ndata: b\n\n', [message('a', '1'), message('b')]),
  vector('so does one without a colon', 'id: 1\ndata: a\n\nid\ndata: b\n\n', [message('a', '1'), message('b')]),
  vector('a block with nothing but an id sets it', 'id: 1\n\ndata: a\n\n', [message('a', '1')], {
    fetchEventSource: { why: 'an event has the id of its own block only', events: [message('a', '')] },
    engines: { Firefox: { why: 'an id counts only in a block with data', events: [message('a')], lastEventId: '' } },
  }),
  vector('also as the last', 'data: a\n\nid: 9\n\n', [message('a')], {
    lastEventId: '9',
    engines: {
      Firefox: { why: 'an id counts only in a block with data', lastEventId: '' },
      WebKit: { why: 'as above', lastEventId: '' },
    },
  }),
  vector(
    'an id with NUL is ignored',
    'id: 1\ndata: a\n\nid: 2\0\ndata: b\n\n',
    [message('a', '1'), message('b', '1')],
    {
      fetchEventSource: { why: 'it is taken', events: [message('a', '1'), message('b', '2\0')] },
      engines: { Firefox: { why: 'the event is dropped as well', events: [message('a', '1')] } },
    },
  ),
  vector('the last id of a block counts', 'id: 1\nid: 2\ndata: a\n\n', [message('a', '2')]),

  // Retry.
  vector('retry', 'retry: 20\ndata: 1\n\n', [message('1')], { retry: 20 }),
  vector('retry by itself', 'retry:20\n\n', [], { retry: 20 }),
  vector(
    'retry that is not all digits is ignored',
    'retry: 20\n\nretry: 60000x\n\nretry: -1\n\nretry: 6e4\n\nretry:\n\n',
    [],
    {
      retry: 20,
      fetchEventSource: { why: 'whatever begins like a number is one', events: [], retry: 6 },
    },
  ),
  vector('nor one with spaces around it', 'retry: 20\n\nretry:  60000\n\nretry: 60000 \n\nretry: +60000\n\n', [], {
    retry: 20,
    fetchEventSource: { why: 'as above', events: [], retry: 60_000 },
    engines: { WebKit: { why: 'spaces and a sign are skipped', staysAway: true } },
  }),

  // The end.
  vector('a block that is not ended is none', 'data: 1\n\nid: 9\ndata: 2\n', [message('1')]),
  vector('nor is a line', 'data: 1\n\ndata: 2', [message('1')]),
  vector('nothing at all', '', []),
  vector('a byte order mark and nothing else', BOM, []),
];
