import { describe, expect, it } from 'vitest';
import { renderEnvExample } from './env-example.ts';
import { parseEnvironment } from './environment.ts';
import { VARIABLES } from './variables.ts';

function assignmentsOf(text: string): Record<string, string> {
  // As if everything were uncommented.
  const lines = text.split('\n').flatMap((line) => /^# ([A-Z_]+=.*)$/.exec(line)?.slice(1) ?? []);
  return Object.fromEntries(lines.map((line) => line.split(/=(.*)/s).slice(0, 2)));
}

describe('.env.example', () => {
  // When it differs: `vitest run packages/contracts --update` writes it anew.
  it('is what the table of variables says', async () => {
    await expect(renderEnvExample()).toMatchFileSnapshot('../../../.env.example');
  });

  it('names every variable once and means nothing but the defaults', () => {
    const text = renderEnvExample();
    for (const name of Object.keys(VARIABLES)) {
      expect(text.match(new RegExp(`^(?:# )?${name}=`, 'gm')), name).toHaveLength(1);
    }
    expect(Object.keys(assignmentsOf(text))).toEqual(Object.keys(VARIABLES));
    expect(parseEnvironment(assignmentsOf(text))).toEqual(parseEnvironment({}));
    expect(text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))).toEqual([]);
  });

  it('gives every variable one line of meaning', () => {
    for (const [name, { meaning }] of Object.entries(VARIABLES)) {
      expect(meaning, name).toMatch(/^\S[^\n]{10,}[.)]$/);
      expect(renderEnvExample()).toContain(`# ${meaning}`);
    }
  });
});
