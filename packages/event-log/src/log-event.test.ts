import { describe, expect, it } from 'vitest';
import { parseEnvelope } from './log-event.ts';

const usual =
  '{"seq":7,"event":"download_status","key":"a_b-C","status":"queued","previous_status":null,"data":{"x":"}\\"{"}}';
const parsed = {
  ...{ seq: 7, event: 'download_status', key: 'a_b-C', status: 'queued', previousStatus: null },
  data: '{"x":"}\\"{"}',
};

describe('parseEnvelope', () => {
  it('reads what the publish script writes', () => {
    expect(parseEnvelope(usual)).toEqual(parsed);
    expect(
      parseEnvelope(
        '{"seq":1,"event":"system_notification","key":null,"status":null,"previous_status":"paused","data":{}}',
      ),
    ).toEqual({
      ...{ seq: 1, event: 'system_notification', key: null, status: null, previousStatus: 'paused', data: '{}' },
    });
  });

  it('reads the same with other spacing or order, the data then on one line', () => {
    expect(parseEnvelope(JSON.stringify(JSON.parse(usual), null, 2))).toEqual(parsed);
    const { seq, ...rest } = JSON.parse(usual);
    expect(parseEnvelope(JSON.stringify({ ...rest, seq }))).toEqual(parsed);
  });

  it.each([
    ['no JSON', 'hello'],
    ['half an envelope', usual.slice(0, -3)],
    ['JSON of another kind', '[1]'],
    ['null', 'null'],
    ['an unknown event', usual.replace('download_status', 'download_gone')],
    ['a name that every object has', usual.replace('download_status', 'constructor')],
    ['seq 0', usual.replace('"seq":7', '"seq":0')],
    ['a negative seq', usual.replace('"seq":7', '"seq":-7')],
    ['a seq that is text', usual.replace('"seq":7', '"seq":"7"')],
    ['a seq past what a number holds', usual.replace('"seq":7', '"seq":90071992547409930')],
    ['an unknown status', usual.replace('"queued"', '"gone"')],
    ['data that are no object', usual.replace(/"data":.*/, '"data":[]}')],
    ['no data', '{"seq":7,"event":"download_status","key":null,"status":null,"previous_status":null}'],
  ])('refuses %s', (_, text) => {
    expect(parseEnvelope(text)).toBeNull();
  });

  it('refuses a line break within the data: it would end a frame', () => {
    expect(parseEnvelope(usual.replace('"x":', '"x":\n'))).toEqual(parsed);
    expect(parseEnvelope(usual.replace('"x":"', '"x":"\n'))).toBeNull();
  });
});
