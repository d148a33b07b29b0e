import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { serveFile, TestOrigin, testBytes } from '../support/test-origin.ts';
import { TestHermes } from './test-hermes.ts';

const README = await readFile(resolve(import.meta.dirname, '../../README.md'), 'utf8');

/** The shell commands of the README's section about curl, as somebody would paste them. */
const recipes = (README.split('## Watch it with curl')[1]?.split('\n## ')[0] ?? '')
  .split('```sh\n')
  .slice(1)
  .map((block) => block.split('\n```')[0] ?? '')
  .filter((block) => block.startsWith('curl'));

describe('curl', () => {
  let hermes: TestHermes;
  let origin: TestOrigin;
  let active: string;

  beforeAll(async () => {
    [hermes, origin] = await Promise.all([TestHermes.start(), TestOrigin.start()]);
    origin.on('/slow.bin', serveFile(testBytes(40_000_000), { etag: '"slow"', bytesPerSecond: 400_000 }));
    origin.on('/small.txt', serveFile(testBytes(2000)));
    const response = await fetch(`${hermes.origin}/api/v1/download`, {
      method: 'POST',
      headers: { ...hermes.authorization, 'content-type': 'application/json' },
      body: JSON.stringify({ url: origin.url('/slow.bin') }),
    });
    active = ((await response.json()) as { download_id: string }).download_id;
    await vi.waitFor(async () => {
      expect((await hermes.get<{ downloaded_bytes: number }>(`/download/${active}`)).downloaded_bytes).toBeGreaterThan(
        0,
      );
    }, 30_000);
  });
  afterAll(async () => {
    await hermes?.close();
    await origin?.close();
  });

  /** Runs a pasted recipe for so long, with the server and the file that this test has. */
  function paste(recipe: string, seconds: number, env: Record<string, string> = {}): Promise<string> {
    const command = recipe
      .replace(/^curl /, `curl -sS --max-time ${seconds} `)
      .replace('https://nodejs.org/dist/latest/SHASUMS256.txt', origin.url('/small.txt'));
    return new Promise((done, fail) => {
      const child = spawn('bash', ['-c', command], {
        env: { PATH: process.env.PATH ?? '', HERMES: `${hermes.origin}/api/v1`, HERMES_KEY: hermes.key, ...env },
      });
      let output = '';
      child.stdout.on('data', (chunk: Buffer) => {
        output += chunk.toString();
      });
      child.once('error', fail);
      child.once('exit', () => done(output));
    });
  }

  test('shows the snapshot and the first progress within a second of connecting', async () => {
    // curl's time limit is the second: what has not come by then has come too late. Three tries, since a busy machine
    // may need a second to start curl.
    let output = '';
    for (let tries = 0; tries < 3 && !output.includes('download_progress'); tries++) {
      output = await paste(recipes[0] ?? '', 1);
    }
    const events = [...output.matchAll(/^event: (\w+)$/gm)].map(([, name]) => name);
    expect(events[0]).toBe('connected');
    expect(events[1]).toBe('snapshot');
    expect(events).toContain('download_progress');
    expect(output).toContain(`"download_id":"${active}"`);
  });

  test('every recipe of the README works when pasted', async () => {
    expect(recipes.length).toBeGreaterThanOrEqual(6);
    const cursor = /^id: (\S+)$/m.exec(await paste(recipes[0] ?? '', 1))?.[1] ?? '';
    const outputs = await Promise.all(recipes.map((recipe) => paste(recipe, 3, { LAST_ID: cursor })));
    for (const [index, output] of outputs.entries()) {
      expect(output, recipes[index]).toMatch(/^(event: |id: |\{")/);
      expect(output, recipes[index]).not.toContain('"code":"');
    }
    const resumed = outputs[recipes.findIndex((recipe) => recipe.includes('Last-Event-ID'))] ?? '';
    expect(resumed).toContain('"recovered":true');
  });
});
