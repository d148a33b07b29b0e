import { describe, expect, it } from 'vitest';
import { parseRetryAfter } from './http-request.ts';

describe('parseRetryAfter', () => {
  const now = Date.parse('2025-11-01T10:00:00Z');
  it.each([
    ['3', 3000],
    ['0', 0],
    ['Sat, 01 Nov 2025 10:00:30 GMT', 30_000],
    ['Sat, 01 Nov 2025 09:00:00 GMT', 0],
    ['86400', 300_000],
    ['soon', null],
    [undefined, null],
  ])('%s is %s ms', (text, ms) => {
    expect(parseRetryAfter(text, now)).toBe(ms);
  });
});
