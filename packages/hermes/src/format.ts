const UNITS = ['B', 'KB', 'MB', 'GB', 'TB'];

/** 12_345_678 → `12.3 MB` (powers of 1000, as disks and networks are sold). */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 || value >= 99.5 ? Math.round(value) : value.toFixed(1)} ${UNITS[unit]}`;
}

/** Seconds → `7s`, `3m 05s`, `2h 10m`; null → `–`. */
export function formatDuration(seconds: number | null): string {
  if (seconds === null) return '–';
  const total = Math.round(seconds);
  if (total < 60) return `${total}s`;
  const pad = (value: number) => String(value).padStart(2, '0');
  if (total < 3600) return `${Math.floor(total / 60)}m ${pad(total % 60)}s`;
  return `${Math.floor(total / 3600)}h ${pad(Math.floor((total % 3600) / 60))}m`;
}

/** `████████░░░░` of that width; a total that is unknown is shown as dots, never as a share. */
export function formatBar(percent: number | null, width: number): string {
  if (percent === null) return '·'.repeat(width);
  const full = Math.floor((Math.min(100, percent) / 100) * width);
  return '█'.repeat(full) + '░'.repeat(width - full);
}

/** Names come from strangers' servers: what would steer the terminal, or turn the direction of writing, is not shown. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu, '\ufffd');
}
