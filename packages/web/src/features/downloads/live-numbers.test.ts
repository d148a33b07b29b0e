import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { aDownload } from '../../fixtures/downloads.ts';
import { LiveNumbers } from './live-numbers.ts';

const MB = 1_000_000;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance', 'setTimeout', 'clearTimeout'] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** The cells as a row draws them. */
function drawn() {
  const numbers = new LiveNumbers();
  const bar = document.createElement('div');
  const fill = bar.appendChild(document.createElement('div'));
  numbers.bar.ref(bar);
  const cells = { percent: aCell(), size: aCell(), speed: aCell(), left: aCell() };
  for (const name of ['percent', 'size', 'speed', 'left'] as const) numbers[name].ref(cells[name]);
  const texts = () => Object.values(cells).map((cell) => cell.textContent);
  return { numbers, bar, fill, texts, ...cells };
}

const aCell = () => document.createElement('span');

/** After so many percent of 100 MB, at 5 MB/s. */
function at(progress: number, facts: Parameters<typeof aDownload>[1] = {}) {
  const done = progress * MB;
  return aDownload('d1', {
    ...{ progress, downloaded_bytes: done, total_bytes: 100 * MB, download_speed: 5 * MB },
    eta: Math.ceil((100 * MB - done) / (5 * MB)),
    ...facts,
  });
}

describe('LiveNumbers', () => {
  it('writes all of it at once into cells that are empty', () => {
    const { numbers, bar, fill, texts } = drawn();
    numbers.show(at(50));
    expect(texts()).toEqual(['50.0%', '50.0 / 100\u202fMB', '5.00\u202fMB/s', '10s']);
    expect(fill.style.transform).toBe('translateX(-50%)');
    expect(bar.getAttribute('aria-valuenow')).toBe('50');
    expect(bar.getAttribute('aria-valuetext')).toBe('50.0%, 50.0 / 100\u202fMB, 5.00\u202fMB/s, 10s left');
  });

  it('writes the percentage each time and the rest once a second', () => {
    const { numbers, bar, texts } = drawn();
    numbers.show(at(50));
    const said = new MutationObserver(() => undefined);
    said.observe(bar, { attributes: true });
    for (const progress of [50.5, 51, 51.5]) {
      vi.advanceTimersByTime(250);
      numbers.show(at(progress, { download_speed: progress * MB }));
    }
    expect(texts()).toEqual(['51.5%', '50.0 / 100\u202fMB', '5.00\u202fMB/s', '10s']);
    // A screen reader that follows it is not told four times a second.
    expect(said.takeRecords()).toEqual([]);
    vi.advanceTimersByTime(250);
    numbers.show(at(52));
    expect(texts()).toEqual(['52.0%', '52.0 / 100\u202fMB', '5.00\u202fMB/s', '10s']);
    expect(bar.getAttribute('aria-valuenow')).toBe('52');
  });

  it('writes what waits when nothing more comes', () => {
    const { numbers, texts, bar } = drawn();
    numbers.show(at(50));
    vi.advanceTimersByTime(250);
    numbers.show(at(60, { download_speed: 0, eta: null }));
    vi.advanceTimersByTime(2000);
    expect(texts()).toEqual(['60.0%', '60.0 / 100\u202fMB', '0\u202fB/s', '–']);
    expect(bar.getAttribute('aria-valuenow')).toBe('60');
    expect(vi.getTimerCount()).toBe(0);
  });

  it('writes another status at once', () => {
    const { numbers, texts, bar } = drawn();
    numbers.show(at(99));
    numbers.show(at(100, { status: 'processing' }));
    expect(texts()).toEqual(['', '100 / 100\u202fMB', '', '']);
    expect(bar.hasAttribute('data-indeterminate')).toBe(true);
    expect(bar.hasAttribute('aria-valuenow')).toBe(false);
    expect(bar.getAttribute('aria-valuetext')).toBe('Checking the file');
  });

  it('writes into cells that are drawn anew, whenever that is', () => {
    const { numbers, texts } = drawn();
    numbers.show(at(50));
    const again = drawn();
    for (const name of ['percent', 'size', 'speed', 'left'] as const) numbers[name].ref(again[name]);
    numbers.bar.ref(again.bar);
    numbers.show(at(50.1));
    expect(again.texts()).toEqual(['50.1%', '50.1 / 100\u202fMB', '5.00\u202fMB/s', '10s']);
    expect(again.fill.style.transform).toBe('translateX(-49.9%)');
    expect(texts()[0]).toBe('50.0%');
  });

  it('says no 100 % before it is completed', () => {
    const { numbers, texts, bar } = drawn();
    numbers.show(at(100));
    expect(texts()[0]).toBe('99.9%');
    expect(bar.getAttribute('aria-valuenow')).toBe('99');
  });

  it('says of what is not known that it is not', () => {
    const { numbers, texts, bar } = drawn();
    numbers.show(
      at(0, { progress: null, total_bytes: null, downloaded_bytes: 7 * MB, download_speed: null, eta: null }),
    );
    expect(texts()).toEqual(['–', '7.00\u202fMB', '–', '–']);
    expect(bar.hasAttribute('data-indeterminate')).toBe(true);
    expect(bar.getAttribute('aria-valuetext')).toBe('7.00\u202fMB');
  });

  it('leaves no timer behind', () => {
    const { numbers } = drawn();
    numbers.show(at(50));
    numbers.show(at(51));
    expect(vi.getTimerCount()).toBe(1);
    numbers.dispose();
    expect(vi.getTimerCount()).toBe(0);
  });
});
