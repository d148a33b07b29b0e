import { describe, expect, it } from 'vitest';
import { formatBar, formatBytes, formatDuration, printable } from './format.ts';

describe('format', () => {
  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1.0 KB'],
    [12_345_678, '12.3 MB'],
    [999_499_999, '999 MB'],
    [999_500_000, '1.0 GB'],
    [5e15, '5000 TB'],
  ])('%i bytes are %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });

  it.each([
    [null, '–'],
    [7.4, '7s'],
    [59.6, '1m 00s'],
    [185, '3m 05s'],
    [7800, '2h 10m'],
  ])('%s seconds are %s', (seconds, text) => {
    expect(formatDuration(seconds)).toBe(text);
  });

  it.each([
    [0, '░░░░'],
    [50, '██░░'],
    [99.9, '███░'],
    [100, '████'],
    [140, '████'],
    [null, '····'],
  ])('%s %% is %s', (percent, bar) => {
    expect(formatBar(percent, 4)).toBe(bar);
  });

  it('shows nothing that would steer the terminal', () => {
    expect(printable('a\u001b[2Jb\rc\u009bd\u202egpj.exe – ä 漢')).toBe(
      'a\ufffd[2Jb\ufffdc\ufffdd\ufffdgpj.exe – ä 漢',
    );
  });
});
