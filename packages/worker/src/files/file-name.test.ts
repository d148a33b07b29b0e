import { basename, dirname, join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chooseFileName, sanitizeFileName, splitExtension } from './file-name.ts';

const nasty = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'binary', maxLength: 8 }),
      fc.constantFrom(
        '..',
        '/',
        '\\',
        '.',
        ' ',
        '\0',
        '\r\n',
        '%2e%2e%2f',
        'CON',
        'nul.txt',
        'ä',
        '𝒳',
        '.tar.gz',
        '\ud800',
      ),
      fc.string({ unit: 'grapheme', minLength: 100, maxLength: 300 }),
    ),
    { maxLength: 6 },
  )
  .map((parts) => parts.join(''));

function expectSafe(name: string): void {
  expect(dirname(join('/downloads', name))).toBe('/downloads');
  expect(basename(name)).toBe(name);
  expect(name).not.toMatch(/[/\\\p{Cc}]|^\.|[. ]$/u);
  expect(name).not.toMatch(/^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i);
  expect(Buffer.byteLength(name)).toBeLessThanOrEqual(200);
  expect(name.isWellFormed()).toBe(true);
}

describe('sanitizeFileName', () => {
  it('gives a safe name or none, whatever it is given', () => {
    fc.assert(
      fc.property(nasty, (text) => {
        const name = sanitizeFileName(text);
        if (name === '') return;
        expectSafe(name);
        expect(sanitizeFileName(name)).toBe(name);
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    ['film.mp4', 'film.mp4'],
    ['../../etc/passwd', '_.._etc_passwd'],
    ['.bashrc', 'bashrc'],
    ['a\u0000b\nc', 'a_b_c'],
    ['name. . ', 'name'],
    ['CON', '_CON'],
    ['nul.tar.gz', '_nul.tar.gz'],
    ['console.log', 'console.log'],
    ['Übung 1.pdf', 'Übung 1.pdf'],
    ['gpj.\u202eexe', 'gpj._exe'],
    ['...', ''],
    ['///', ''],
  ])('%j becomes %j', (text, name) => expect(sanitizeFileName(text)).toBe(name));

  it('keeps the extension of a long name, and no half characters', () => {
    const name = sanitizeFileName(`${'ä'.repeat(300)}.tar.gz`);
    expect(name).toBe(`${'ä'.repeat(96)}.tar.gz`);
  });
});

describe('splitExtension', () => {
  it.each([
    ['a.txt', ['a', '.txt']],
    ['a.tar.gz', ['a', '.tar.gz']],
    ['a', ['a', '']],
    ['Vol. 2 of it', ['Vol. 2 of it', '']],
    [`a.${'x'.repeat(30)}`, [`a.${'x'.repeat(30)}`, '']],
  ])('%s', (name, parts) => expect(splitExtension(name)).toEqual(parts));
});

describe('chooseFileName', () => {
  const url = 'https://host/path/from%20url.bin?x=1';

  it.each([
    ['what the person gave', { given: 'mine.bin', contentDisposition: 'attachment; filename="x"', url }, 'mine.bin'],
    ['the header', { given: undefined, contentDisposition: 'attachment; filename="head.bin"', url }, 'head.bin'],
    ['the URL', { given: undefined, contentDisposition: 'inline', url }, 'from url.bin'],
    ['the URL if the others are empty', { given: '..', contentDisposition: 'a; filename="/"', url }, 'from url.bin'],
    ['a URL that is badly encoded', { given: undefined, contentDisposition: null, url: 'http://h/a%zz' }, 'a%zz'],
    ['nothing', { given: undefined, contentDisposition: null, url: 'https://host/' }, 'download'],
  ])('takes %s', (_name, sources, name) => expect(chooseFileName(sources)).toBe(name));

  it('is safe whatever the sources say', () => {
    fc.assert(
      fc.property(fc.option(nasty, { nil: undefined }), fc.option(nasty), fc.webUrl(), (given, header, address) => {
        const contentDisposition = header === null ? null : `attachment; filename="${header}"`;
        expectSafe(chooseFileName({ given, contentDisposition, url: address }));
      }),
      { numRuns: 500 },
    );
  });
});
