import { describe, expect, it } from 'vitest';
import { parseUrlLines } from './parse-url-lines.ts';

describe('parseUrlLines', () => {
  it('takes one URL a line, whatever ends the lines, and skips blank ones', () => {
    expect(parseUrlLines('https://a.example/1\r\n\r\n  http://b.example/2  \rhttps://c.example/3\n')).toEqual([
      { line: 1, text: 'https://a.example/1', problem: null },
      { line: 3, text: 'http://b.example/2', problem: null },
      { line: 4, text: 'https://c.example/3', problem: null },
    ]);
  });

  it('takes several URLs in one line', () => {
    expect(parseUrlLines('https://a.example/1 https://a.example/2').map((entry) => entry.text)).toEqual([
      'https://a.example/1',
      'https://a.example/2',
    ]);
  });

  it.each([
    ['example.com/file.zip', /no “https:\/\/”/],
    ['localhost:8080/file.zip', /no “https:\/\/”/],
    ['ftp://example.com/file.zip', /“ftp:”: only http and https/],
    ['magnet:?xt=urn:btih:abc', /“magnet:”/],
    ['https:/example.com/a', /two slashes/],
    ['https://', /host name/],
    ['https://exa mple.com/a', /space/],
    ['see https://example.com/a', /space/],
    ['https://[::1/a', /host name/],
    [`https://example.com/${'x'.repeat(8192)}`, /too long/],
  ])('says what is wrong with %s', (text, problem) => {
    const [entry] = parseUrlLines(text);
    expect(entry?.text).toBe(text);
    expect(entry?.problem).toMatch(problem);
  });

  it('points a repeated URL to the line it repeats', () => {
    expect(parseUrlLines('https://a.example/1\nhttps://a.example/2\nhttps://a.example/1')[2]).toEqual({
      line: 3,
      text: 'https://a.example/1',
      problem: 'is already on line 1',
    });
  });

  it('finds nothing in blanks', () => {
    expect(parseUrlLines(' \n\t\n')).toEqual([]);
  });
});
