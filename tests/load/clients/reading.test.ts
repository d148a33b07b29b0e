import { describe, expect, it } from 'vitest';
import { measuredFact } from '../process/measured-event.ts';
import { ChunkedBody } from './chunked-body.ts';
import { Sample, SampledStream } from './sampled-stream.ts';

function unchunk(pieces: string[]): { body: string; isEnded: boolean } {
  const chunked = new ChunkedBody();
  let body = '';
  for (const piece of pieces) {
    const bytes = Buffer.from(`__${piece}`, 'latin1');
    chunked.feed(bytes, 2, bytes.length, (from, to) => {
      body += bytes.toString('latin1', from, to);
    });
  }
  return { body, isEnded: chunked.isEnded };
}

describe('ChunkedBody', () => {
  const text = '5\r\nhello\r\n1D;name=value\r\n, this is longer than that \r\n\r\n0\r\n\r\n';
  const wanted = { body: 'hello, this is longer than that \r\n', isEnded: true };

  it('takes the framing off, wherever the bytes are cut', () => {
    expect(unchunk([text])).toEqual(wanted);
    for (let cut = 1; cut < text.length; cut++) {
      expect(unchunk([text.slice(0, cut), text.slice(cut)])).toEqual(wanted);
    }
    expect(unchunk([...text])).toEqual(wanted);
  });
});

describe('SampledStream', () => {
  function read(events: [id: string, n: number][], cut: number): Sample {
    const sample = new Sample();
    const stream = new SampledStream(sample);
    const text = events
      .map(([id, n]) => {
        const data = JSON.stringify(measuredFact({ n, sentAt: 1 }));
        return `id: ${id}\nevent: system_notification\ndata: ${data}\n\n`;
      })
      .join('');
    for (let from = 0; from < text.length; from += cut) stream.feed(text.slice(from, from + cut));
    return sample;
  }

  it.each([1, 7, 10_000])('finds what is missing, repeated and out of order in pieces of %i', (cut) => {
    expect(
      read(
        [
          ['e:1', 1],
          ['e:2', 2],
          ['e:3', 3],
        ],
        cut,
      ),
    ).toMatchObject({ events: 3, missing: 0, repeated: 0, disordered: 0 });
    expect(
      read(
        [
          ['e:1', 1],
          ['e:9', 5],
        ],
        cut,
      ),
    ).toMatchObject({ events: 2, missing: 3, repeated: 0, disordered: 0 });
    expect(
      read(
        [
          ['e:1', 1],
          ['e:2', 1],
        ],
        cut,
      ),
    ).toMatchObject({ missing: 0, repeated: 1, disordered: 0 });
    expect(
      read(
        [
          ['e:2', 1],
          ['e:1', 2],
        ],
        cut,
      ),
    ).toMatchObject({ missing: 0, repeated: 0, disordered: 1 });
  });

  it('knows the ids of Nchan, which begin anew every second', () => {
    expect(
      read(
        [
          ['1700000000:7', 1],
          ['1700000001:0', 2],
        ],
        50,
      ),
    ).toMatchObject({ disordered: 0 });
    expect(
      read(
        [
          ['1700000001:0', 1],
          ['1700000000:7', 2],
        ],
        50,
      ),
    ).toMatchObject({ disordered: 1 });
  });
});
