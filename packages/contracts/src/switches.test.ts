import { describe, expect, it } from 'vitest';
import { parseSwitches } from './switches.ts';

describe('run-time switches', () => {
  it('are values as JSON', () => {
    expect(parseSwitches({ sse_enabled: 'false', sse_rollout_percent: '25' })).toEqual({
      sse_enabled: false,
      sse_rollout_percent: 25,
    });
  });

  it.each([
    {},
    { sse_enabled: 'null', sse_rollout_percent: 'null' },
    { sse_enabled: '"on"', sse_rollout_percent: '101' },
    { sse_enabled: 'on', sse_rollout_percent: '' },
    { another: 'true' },
  ])('%j switches nothing', (fields) => {
    expect(parseSwitches(fields as Record<string, string>)).toEqual({ sse_enabled: null, sse_rollout_percent: null });
  });
});
