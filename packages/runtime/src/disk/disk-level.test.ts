import { describe, expect, it } from 'vitest';
import { type DiskLevel, diskLevel } from './disk-level.ts';

const THRESHOLDS = { warnPercent: 90, stopPercent: 95 };

/** The levels that follow each other while the use of a disk goes through these percents. */
function levels(percents: number[], thresholds = THRESHOLDS): DiskLevel[] {
  let level: DiskLevel = 'ok';
  return percents.map((percent) => {
    level = diskLevel(percent, level, thresholds);
    return level;
  });
}

describe('the level of a disk', () => {
  it('is entered at the threshold, and left two points below it', () => {
    expect(levels([89.99, 90, 88, 87.99, 89.99])).toEqual(['ok', 'low', 'low', 'ok', 'ok']);
    expect(levels([94.99, 95, 93, 92.99, 94.99])).toEqual(['low', 'stop', 'stop', 'low', 'low']);
  });

  it('does not flap around a threshold', () => {
    expect(new Set(levels([95, 94.9, 95.1, 94.5, 95, 93.2]))).toEqual(new Set(['stop']));
  });

  it('may jump over one', () => {
    expect(levels([10, 99, 10])).toEqual(['ok', 'stop', 'ok']);
  });

  it('can be left however low the thresholds are, and whether they are the same', () => {
    expect(levels([1, 0.6, 0.4], { warnPercent: 1, stopPercent: 1 })).toEqual(['stop', 'stop', 'ok']);
    expect(levels([100, 99, 97], { warnPercent: 90, stopPercent: 100 })).toEqual(['stop', 'stop', 'low']);
  });
});
