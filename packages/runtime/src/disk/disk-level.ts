/** `stop`: so little is left that nothing new should begin. */
export type DiskLevel = 'ok' | 'low' | 'stop';

export interface DiskThresholds {
  warnPercent: number;
  stopPercent: number;
}

/** Points by which the use must fall below a threshold before it counts as passed downwards. */
const HYSTERESIS = 2;

/** With hysteresis, so that a disk at a threshold does not change its level with every file. */
export function diskLevel(percent: number, previous: DiskLevel, thresholds: DiskThresholds): DiskLevel {
  const { warnPercent, stopPercent } = thresholds;
  if (percent >= stopPercent || (previous === 'stop' && percent >= leftBelow(stopPercent))) return 'stop';
  if (percent >= warnPercent || (previous !== 'ok' && percent >= leftBelow(warnPercent))) return 'low';
  return 'ok';
}

function leftBelow(threshold: number): number {
  return threshold - Math.min(HYSTERESIS, threshold / 2);
}
