import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { DOWNLOAD_ERRORS, PROBLEMS } from '@hermes/contracts';
import { expect, test } from 'vitest';

const page = await readFile(resolve(import.meta.dirname, '../../docs/errors.md'), 'utf8');

/** Rows of the Markdown table below a heading, cells trimmed. */
function rowsBelow(heading: string): string[][] {
  const section = page.split(`## ${heading}`)[1]?.split('\n## ')[0] ?? '';
  return section
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}

test('docs/errors.md lists every problem as it is', () => {
  const expected = Object.entries(PROBLEMS).map(([code, { status, title, retryable }]) => [
    `\`${code}\``,
    String(status),
    title,
    retryable ? 'yes' : 'no',
  ]);
  expect(rowsBelow('Of a request')).toEqual(expected);
});

test('docs/errors.md lists every reason why a download fails', () => {
  const expected = Object.entries(DOWNLOAD_ERRORS).map(([code, { meaning, retryable }]) => [
    `\`${code}\``,
    meaning,
    retryable ? 'yes' : 'no',
  ]);
  expect(rowsBelow('Of a download')).toEqual(expected);
});
