import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { fetchByHermes } from './fixtures/example.ts';

it('shows an example that compiles, and fails as it says without a server', async () => {
  const [readme, example] = await Promise.all(
    ['../README.md', 'fixtures/example.ts'].map((path) => readFile(`${import.meta.dirname}/${path}`, 'utf8')),
  );
  expect(readme).toContain(`\`\`\`ts\n${example}\`\`\``);
  const said: string[] = [];
  await expect(fetchByHermes('http://example.com/', (text) => said.push(text))).rejects.toThrow();
  expect(said.join()).toContain('NETWORK_ERROR');
});
