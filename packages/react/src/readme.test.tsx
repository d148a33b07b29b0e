import { readFile } from 'node:fs/promises';
import { cleanup, render, screen } from '@testing-library/react';
import { afterEach, expect, it } from 'vitest';
import { App } from './fixtures/example.tsx';

afterEach(cleanup);

it('shows an example that compiles, and begins', async () => {
  const [readme, example] = await Promise.all(
    ['../README.md', 'fixtures/example.tsx'].map((path) => readFile(`${import.meta.dirname}/${path}`, 'utf8')),
  );
  expect(readme).toContain(`\`\`\`tsx\n${example}\`\`\``);
  render(<App />);
  expect(screen.getByText('Loading…')).toBeDefined();
});
