import { describe, expect, it } from 'vitest';
import { formatBytes, formatBytesOf, formatDuration, formatPercent, formatSpeed, formatWhen } from './format.ts';

/** The unit stands after a narrow no-break space, which is awkward to read in a table of cases. */
const plain = (text: string) => text.replaceAll('\u202f', ' ');

describe('formatBytes', () => {
  it.each([
    [null, '–'],
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1.00 kB'],
    [9_994, '9.99 kB'],
    [9_996, '10.0 kB'],
    [99_960, '100 kB'],
    [999_400, '999 kB'],
    [999_500, '1.00 MB'],
    [45_600_000, '45.6 MB'],
    [1_234_567_890, '1.23 GB'],
    [9_000_000_000_000_000, '9.00 PB'],
  ])('%s → %s', (bytes, text) => {
    expect(plain(formatBytes(bytes))).toBe(text);
  });
});

describe('formatBytesOf', () => {
  it('writes both in the unit of the total', () => {
    expect(plain(formatBytesOf(120_000_000, 4_370_000_000))).toBe('0.12 / 4.37 GB');
  });

  it('writes only what is there while the total is unknown', () => {
    expect(plain(formatBytesOf(12_300_000, null))).toBe('12.3 MB');
  });
});

describe('formatSpeed', () => {
  it('is not 0 when unknown', () => {
    expect(formatSpeed(null)).toBe('–');
    expect(plain(formatSpeed(0))).toBe('0 B/s');
    expect(plain(formatSpeed(4_200_000))).toBe('4.20 MB/s');
  });
});

describe('formatDuration', () => {
  it.each([
    [null, '–'],
    [Number.POSITIVE_INFINITY, '–'],
    [0, '0s'],
    [0.2, '1s'],
    [59.2, '1m 00s'],
    [185, '3m 05s'],
    [3600, '1h 00m'],
    [9600, '2h 40m'],
    [442_800, '5d 3h'],
  ])('%s → %s', (seconds, text) => {
    expect(formatDuration(seconds)).toBe(text);
  });
});

describe('formatPercent', () => {
  it.each([
    [null, '–'],
    [0, '0.0%'],
    [45.26, '45.2%'],
    [99.99, '99.9%'],
    [100, '100%'],
  ])('%s → %s', (progress, text) => {
    expect(formatPercent(progress)).toBe(text);
  });
});

describe('formatWhen', () => {
  const now = new Date(2026, 4, 17, 18, 0);

  it('says the time for today and the date for before', () => {
    expect(formatWhen(new Date(2026, 4, 17, 9, 5).toISOString(), now)).toMatch(/9.05/);
    expect(formatWhen(new Date(2026, 4, 16, 9, 5).toISOString(), now)).toMatch(/16/);
    expect(formatWhen(null, now)).toBe('–');
  });
});
