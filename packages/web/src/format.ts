/** What stands where a value is not known. */
export const UNKNOWN = '–';

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'] as const;
const NARROW_SPACE = '\u202f';

function unitOf(bytes: number): number {
  let unit = 0;
  // 999.5 would be written 1000: it belongs to the next unit.
  for (let rest = bytes; rest >= 999.5 && unit < UNITS.length - 1; rest /= 1000) unit += 1;
  return unit;
}

/** Three significant digits, which is what an eye takes in while the number runs. */
function inUnit(bytes: number, unit: number): string {
  const value = bytes / 1000 ** unit;
  if (unit === 0) return String(Math.round(value));
  return value.toFixed(value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2);
}

/** Bytes in decimal units: `0 B`, `812 kB`, `45.6 MB`, `1.23 GB`. */
export function formatBytes(bytes: number | null): string {
  if (bytes === null) return UNKNOWN;
  const unit = unitOf(bytes);
  return `${inUnit(bytes, unit)}${NARROW_SPACE}${UNITS[unit]}`;
}

/** `12.3 of 45.6 MB`: both in the unit of the total, so that they can be compared; only what is there if it has no known total. */
export function formatBytesOf(done: number, total: number | null): string {
  if (total === null) return formatBytes(done);
  const unit = unitOf(total);
  return `${inUnit(done, unit)} / ${inUnit(total, unit)}${NARROW_SPACE}${UNITS[unit]}`;
}

/** Bytes per second: `4.20 MB/s`. */
export function formatSpeed(bytesPerSecond: number | null): string {
  return bytesPerSecond === null ? UNKNOWN : `${formatBytes(bytesPerSecond)}/s`;
}

/** Seconds, in the two largest units: `8s`, `3m 05s`, `2h 40m`, `5d 3h`. */
export function formatDuration(seconds: number | null): string {
  if (seconds === null || !Number.isFinite(seconds)) return UNKNOWN;
  const whole = Math.max(0, Math.ceil(seconds));
  const two = (value: number) => String(value).padStart(2, '0');
  if (whole < 60) return `${whole}s`;
  if (whole < 3600) return `${Math.floor(whole / 60)}m ${two(whole % 60)}s`;
  if (whole < 86_400) return `${Math.floor(whole / 3600)}h ${two(Math.floor((whole % 3600) / 60))}m`;
  return `${Math.floor(whole / 86_400)}d ${Math.floor((whole % 86_400) / 3600)}h`;
}

/** 0–100, cut and never rounded up: 100 % is said only when it is all there. */
export function formatPercent(progress: number | null): string {
  if (progress === null) return UNKNOWN;
  return progress >= 100 ? '100%' : `${(Math.floor(progress * 10) / 10).toFixed(1)}%`;
}

/** The time of day if it was today, else the date. */
export function formatWhen(iso: string | null, now: Date): string {
  if (iso === null) return UNKNOWN;
  const when = new Date(iso);
  const sameDay = when.toDateString() === now.toDateString();
  return sameDay
    ? when.toLocaleTimeString(undefined, { hour: '2-digit', minute: '2-digit' })
    : when.toLocaleDateString(undefined, { day: 'numeric', month: 'short' });
}
