import { describe, expect, it } from 'vitest';
import { fileNameFromContentDisposition } from './content-disposition.ts';

const latin1 = (text: string) => Buffer.from(text).toString('latin1');

describe('fileNameFromContentDisposition', () => {
  it.each([
    ['attachment; filename=plain.txt', 'plain.txt'],
    ['attachment; filename="with space; and \\"quotes\\".txt"', 'with space; and "quotes".txt'],
    ['ATTACHMENT;FILENAME = "x.txt"', 'x.txt'],
    ["attachment; filename*=UTF-8''%e2%82%ac%20rates.txt", '€ rates.txt'],
    ["attachment; filename*=iso-8859-1'en'%A3%20rates.txt", '£ rates.txt'],
    ['attachment; filename="fallback.txt"; filename*=UTF-8\'\'better.txt', 'better.txt'],
    ['attachment; filename*=UTF-8\'\'better.txt; filename="fallback.txt"', 'better.txt'],
    ['attachment; filename*=UTF-8\'\'%ff%fe; filename="fallback.txt"', 'fallback.txt'],
    ["attachment; filename*=utf-16''x; filename=fallback.txt", 'fallback.txt'],
    [latin1('attachment; filename="größe.txt"'), 'größe.txt'],
    ['attachment; filename="gr\u00f6\u00dfe.txt"', 'größe.txt'],
    ['attachment; filename="na%C3%AFve.txt"', 'naïve.txt'],
    ['attachment; filename="100%.txt"', '100%.txt'],
    ['filename=bare.txt', 'bare.txt'],
    ['attachment; name="other.txt"', null],
    ['attachment', null],
    ['', null],
  ])('%s', (header, name) => expect(fileNameFromContentDisposition(header)).toBe(name));
});
