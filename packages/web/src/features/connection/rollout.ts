const STORAGE_KEY = 'hermes.rollout-bucket';

interface Storage {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
}

/**
 * Whether this browser is among the given percent. Sticky: each browser draws a bucket from 0 to 99 once, and is in when
 * the percent passes it, so that raising the percent takes nobody out.
 * Where storage is refused (private windows), every load draws anew.
 */
export function isInRollout(percent: number, storage: Storage, random: () => number = Math.random): boolean {
  return readBucket(storage, random) < percent;
}

function readBucket(storage: Storage, random: () => number): number {
  try {
    const stored = storage.getItem(STORAGE_KEY);
    if (stored !== null && /^\d{1,2}$/.test(stored)) return Number(stored);
    const drawn = Math.floor(random() * 100);
    storage.setItem(STORAGE_KEY, String(drawn));
    return drawn;
  } catch {
    return Math.floor(random() * 100);
  }
}
