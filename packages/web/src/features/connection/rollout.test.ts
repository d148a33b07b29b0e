import { describe, expect, it } from 'vitest';
import { isInRollout } from './rollout.ts';

function memory(initial?: string) {
  const values = new Map<string, string>(initial === undefined ? [] : [['hermes.rollout-bucket', initial]]);
  return {
    values,
    getItem: (key: string) => values.get(key) ?? null,
    setItem: (key: string, value: string) => void values.set(key, value),
  };
}

describe('isInRollout', () => {
  it('draws once and keeps the answer', () => {
    const storage = memory();
    expect(isInRollout(50, storage, () => 0.49)).toBe(true);
    expect(isInRollout(50, storage, () => 0.99)).toBe(true);
    expect(storage.values.get('hermes.rollout-bucket')).toBe('49');
  });

  it('takes nobody at 0 and everybody at 100', () => {
    expect(isInRollout(0, memory(), () => 0)).toBe(false);
    expect(isInRollout(100, memory(), () => 0.999999)).toBe(true);
  });

  it('keeps those who are in when the percent is raised', () => {
    const storage = memory('30');
    expect(isInRollout(30, storage)).toBe(false);
    expect(isInRollout(31, storage)).toBe(true);
    expect(isInRollout(80, storage)).toBe(true);
  });

  it('draws anew over a bucket that is not one', () => {
    const storage = memory('banana');
    expect(isInRollout(50, storage, () => 0.1)).toBe(true);
    expect(storage.values.get('hermes.rollout-bucket')).toBe('10');
  });

  it('works where storage is refused', () => {
    const refuse = () => {
      throw new DOMException('denied', 'SecurityError');
    };
    expect(isInRollout(50, { getItem: refuse, setItem: refuse }, () => 0.2)).toBe(true);
    expect(isInRollout(50, { getItem: refuse, setItem: refuse }, () => 0.7)).toBe(false);
  });
});
