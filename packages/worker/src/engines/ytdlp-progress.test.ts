import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EngineProgress } from './engine.ts';
import type { Component } from './ytdlp-plan.ts';
import { YtdlpProgress } from './ytdlp-progress.ts';

const video: Component = { formatId: 'v', stage: 'video', bytes: 900, weight: 900 };
const audio: Component = { formatId: 'a', stage: 'audio', bytes: 100, weight: 100 };
const line = (format: unknown, progress: unknown) => JSON.stringify({ format, progress });

describe('YtdlpProgress', () => {
  it('counts one stream after the other', () => {
    const bar = new YtdlpProgress([video, audio]);
    expect(bar.read(line('v', { status: 'downloading', downloaded_bytes: 450, total_bytes: 900 }))).toEqual({
      ...{ downloadedBytes: 450, totalBytes: 1000, stage: 'video' },
      fraction: expect.closeTo(0.99 * 0.45),
    });
    bar.read(line('v', { status: 'finished', downloaded_bytes: 900, total_bytes: 900 }));
    const half = bar.read(line('a', { status: 'downloading', downloaded_bytes: '50', total_bytes: '100' }));
    expect(half).toMatchObject({ downloadedBytes: 950, stage: 'audio', fraction: expect.closeTo(0.99 * 0.95) });
    expect(bar.after('merging')).toMatchObject({ stage: 'merging', fraction: 0.99 });
  });

  it('does not know a total that nobody tells', () => {
    const bar = new YtdlpProgress([{ ...video, bytes: null, weight: 9 }]);
    expect(bar.read(line('v', { status: 'downloading', downloaded_bytes: 5, total_bytes: null }))).toEqual({
      ...{ downloadedBytes: 5, totalBytes: null, fraction: null, stage: 'video' },
    });
  });

  it('goes by the pieces, and by an estimate only within one', () => {
    const bar = new YtdlpProgress([{ ...video, bytes: null, weight: 9 }]);
    const piece = (index: number, bytes: number, estimate: number | null) =>
      bar.read(
        line('v', {
          ...{ status: 'downloading', fragment_index: index, fragment_count: 4 },
          ...{ downloaded_bytes: bytes, total_bytes_estimate: estimate },
        }),
      )?.fraction ?? 0;
    // Of the first bytes it takes the whole to be tiny.
    expect(piece(0, 10, 10)).toBeCloseTo(0.99 / 4);
    expect(piece(1, 10, 400)).toBeCloseTo(0.99 / 4);
    expect(piece(1, 150, 400)).toBeCloseTo((0.99 * 150) / 400);
    expect(piece(2, 200, null)).toBeCloseTo(0.99 / 2);
  });

  it.each([
    ['no JSON', 'downloading 5 %'],
    ['cut off', '{"format":"v","progress":{"status":"downlo'],
    ['nothing', 'null'],
    ['another stream', line('subtitles', { status: 'downloading', downloaded_bytes: 5 })],
    ['no progress', line('v', 'NA')],
  ])('passes over what is %s', (_what, text) => {
    expect(new YtdlpProgress([video, audio]).read(text)).toBeNull();
  });

  it('never goes back and never ends early, whatever comes', () => {
    const amount = fc.oneof(
      ...[fc.integer({ min: -5, max: 2000 }), fc.double(), fc.constantFrom(null, 'NA', '12', '', true, Number.NaN)],
    );
    const reported = fc.record(
      {
        status: fc.constantFrom('downloading', 'finished', 'error', null),
        ...{ downloaded_bytes: amount, total_bytes: amount, total_bytes_estimate: amount },
        ...{ fragment_index: amount, fragment_count: amount },
      },
      { requiredKeys: [] },
    );
    const known = fc.constantFrom<number | null>(null, 100, 900);
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom('v', 'a', 'x'), reported)), known, (lines, bytes) => {
        const bar = new YtdlpProgress([
          { ...video, bytes },
          { ...audio, bytes },
        ]);
        let before: EngineProgress = { downloadedBytes: 0, totalBytes: null, fraction: null };
        for (const [format, progress] of lines) {
          const now = bar.read(line(format, progress));
          if (now === null) continue;
          expect(now.downloadedBytes).toBeGreaterThanOrEqual(before.downloadedBytes);
          expect(Number.isSafeInteger(now.downloadedBytes)).toBe(true);
          expect(now.totalBytes ?? Number.POSITIVE_INFINITY).toBeGreaterThanOrEqual(now.downloadedBytes);
          if (before.fraction != null) expect(now.fraction).toBeGreaterThanOrEqual(before.fraction);
          expect(now.fraction ?? 0).toBeLessThanOrEqual(0.99);
          before = now;
        }
      }),
    );
  });
});
