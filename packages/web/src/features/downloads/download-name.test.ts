import { describe, expect, it } from 'vitest';
import { downloadHost, downloadName } from './download-name.ts';

describe('downloadName', () => {
  it.each([
    ['https://a.example/x/y.zip?token=1', 'y.zip'],
    ['https://a.example/x/', 'x'],
    ['https://a.example', 'a.example'],
    ['https://a.example/two%20words.mp4', 'two words.mp4'],
    ['https://a.example/100%', '100%'],
    ['not a url', 'not a url'],
  ])('%s → %s', (url, name) => {
    expect(downloadName({ url, filename: null })).toBe(name);
  });

  it('prefers the file name', () => {
    expect(downloadName({ url: 'https://a.example/x', filename: 'real.iso' })).toBe('real.iso');
  });
});

describe('downloadHost', () => {
  it('leaves out www.', () => {
    expect(downloadHost('https://www.a.example:8080/x')).toBe('a.example:8080');
    expect(downloadHost('nothing')).toBe('');
  });
});
