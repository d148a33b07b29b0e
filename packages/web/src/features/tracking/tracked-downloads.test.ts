import { beforeEach, describe, expect, it, vi } from 'vitest';
import { TrackedDownloads } from './tracked-downloads.ts';

beforeEach(() => localStorage.clear());

const aTab = () => new TrackedDownloads(() => localStorage);

describe('TrackedDownloads', () => {
  it('has the newest first, after a reload as well', () => {
    const tab = aTab();
    tab.add(['a']);
    tab.add(['b', 'c']);
    expect(tab.get()).toEqual(['b', 'c', 'a']);
    expect(aTab().get()).toEqual(['b', 'c', 'a']);
  });

  it('keeps what another tab has added meanwhile, and hears of it', () => {
    const [one, other] = [aTab(), aTab()];
    const listener = vi.fn();
    const stop = one.subscribe(listener);
    other.add(['b']);
    window.dispatchEvent(new StorageEvent('storage', { key: 'hermes.tracked' }));
    expect(listener).toHaveBeenCalledOnce();
    expect(one.get()).toEqual(['b']);
    stop();
    other.add(['c']);
    one.add(['a']);
    expect(one.get()).toEqual(['a', 'c', 'b']);
    expect(listener).toHaveBeenCalledOnce();
  });

  it('forgets the oldest of many, and what it is told to', () => {
    const tab = aTab();
    tab.add(Array.from({ length: 40 }, (_, index) => `id-${index}`));
    expect(tab.get()).toHaveLength(30);
    tab.remove('id-0');
    expect(tab.get()[0]).toBe('id-1');
  });

  it('takes what is no list of ids for none', () => {
    localStorage.setItem('hermes.tracked', '{"a":1}');
    expect(aTab().get()).toEqual([]);
    localStorage.setItem('hermes.tracked', 'no json');
    expect(aTab().get()).toEqual([]);
  });

  it('works where storage is refused', () => {
    const tab = new TrackedDownloads(() => {
      throw new DOMException('denied', 'SecurityError');
    });
    tab.add(['a']);
    tab.add(['b']);
    expect(tab.get()).toEqual(['b', 'a']);
  });
});
