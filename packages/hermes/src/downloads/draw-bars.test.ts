import { describe, expect, it } from 'vitest';
import { type Bar, BarScreen, formatLine } from './draw-bars.ts';

const bar: Bar = {
  filename: 'sample-film.bin',
  status: 'downloading',
  progress: 52.4,
  downloaded_bytes: 12_300_000,
  total_bytes: 23_500_000,
  download_speed: 3_100_000,
  eta: 4,
};

function screenOf(terminal: { isTTY: boolean; columns: number }) {
  const written: string[] = [];
  const out = { ...terminal, write: (text: string) => written.push(text) };
  return { screen: new BarScreen(out as unknown as NodeJS.WriteStream), written };
}

describe('a bar', () => {
  it('shows share, bytes, speed and what is left', () => {
    expect(formatLine(bar)).toBe(
      'sample-film.bin          ██████████████░░░░░░░░░░░░░░  52 %   12.3 MB     3.1 MB/s  4s',
    );
    expect(formatLine({ ...bar, progress: null, download_speed: null, eta: null })).toMatch(/ ·{28} {4}\? +12\.3 MB$/);
    expect(formatLine({ ...bar, status: 'completed' })).toMatch(/ █{28} completed +12\.3 MB$/);
    expect(formatLine({ ...bar, status: 'failed', filename: 'a\u001b[2J' })).not.toContain('\u001b');
  });

  it.each([20, 40, 60, 72, 80, 200])('never wraps in a terminal of %i columns', (columns) => {
    for (const status of ['downloading', 'completed', 'processing', 'cancelled'] as const) {
      const line = formatLine({ ...bar, status, progress: 100, download_speed: 999_000_000, eta: 359_000 }, columns);
      expect(line.length).toBeLessThan(columns);
    }
  });
});

describe('the screen', () => {
  it('draws over what it has drawn on a terminal', () => {
    const { screen, written } = screenOf({ isTTY: true, columns: 0 });
    screen.draw(new Map([['a', bar]]));
    screen.draw(
      new Map([
        ['a', bar],
        ['b', bar],
      ]),
    );
    screen.draw(new Map([['a', bar]]));
    const ups = written.map((text) => (text.startsWith('\u001b[2K') ? null : text.slice(0, text.indexOf('A') + 1)));
    expect(ups).toEqual([null, '\u001b[1A', '\u001b[2A']);
    expect(written[0]).toContain('sample-film.bin');
  });

  it('prints a line a quarter elsewhere, without a control character', () => {
    const { screen, written } = screenOf({ isTTY: false, columns: 0 });
    for (const progress of [0, 10, 26, 30, 51, 52]) screen.draw(new Map([['a', { ...bar, progress }]]));
    screen.draw(new Map([['a', { ...bar, status: 'completed' }]]));
    expect(written).toHaveLength(4);
    expect(written.join('')).not.toContain('\u001b');
  });
});
