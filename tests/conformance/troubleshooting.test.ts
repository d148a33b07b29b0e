import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TestHermes } from '../e2e/test-hermes.ts';
import { ServiceProcess } from '../support/service-process.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const PAGE = await readFile(resolve(ROOT, 'docs/troubleshooting.md'), 'utf8');

/** Every shell block of the page, except where the variables are set and what needs a Redis client. */
const RECIPES = [...PAGE.matchAll(/^```sh\n(.*?)\n```$/gms)]
  .map(([, recipe = '']) => recipe)
  .filter((recipe) => !/^(export|redis-cli)/.test(recipe));

/** By a part of the command: what its output shows of a server on which all is well. */
const SHOWN: Record<string, RegExp> = {
  'hermes doctor': /✓ redis/,
  '-sS $HERMES/events/health':
    /^\{"enabled":true,"active_connections":\d+,"max_connections":1000,"heartbeat_interval":1\}$/,
  'hermes tail': /connected .*\n.*snapshot/,
  'count=3': /^(\d\d:\d\d:\d\d) event: test\n(?:.*\n)*(?!\1)\d\d:\d\d:\d\d event: test\n/,
  'count=1"': /cache-control: no-cache, no-transform/,
  '--max-time 100': /^\d\.\d+ s, curl says 28$/m,
  'HTTP/%': /^HTTP\/1\.1$/m,
  'from %{scheme}': /^200 from http$/im,
  OPTIONS: /^access-control-allow-origin: https:\/\/app\.example\.com\r?$/m,
  'channels=nothing': /"code":"VALIDATION_FAILED".*query\.channels/,
  'nas.lan': /"code":"HOST_REFUSED"/,
  'other.example.com': /"code":"ORIGIN_REFUSED"/,
  '/events/connections': /"items":\[/,
  '-sS $HERMES/config': /"sse_enabled":true/,
  PATCH: /"sse_enabled":true/,
  'date -u': /^date: .* GMT\r?\ndate: .* GMT$/im,
  nonsense: /event: connected\n.*"recovered":false.*\n\nevent: reset\ndata: \{"reason":"malformed"\}/,
};

describe('docs/troubleshooting.md', () => {
  let hermes: TestHermes;
  beforeAll(async () => {
    hermes = await TestHermes.start({
      HERMES_ALLOWED_ORIGINS: 'https://app.example.com',
      HERMES_SSE_HEARTBEAT_INTERVAL: '1',
    });
  });
  afterAll(() => hermes?.close());

  test('there is an expectation for every command, and a command for every expectation', () => {
    for (const recipe of RECIPES) expect(expectationsOf(recipe), recipe).toHaveLength(1);
    expect(RECIPES).toHaveLength(Object.keys(SHOWN).length);
  });

  test.concurrent.for(RECIPES)('%s', async (recipe, { expect }) => {
    const script = recipe
      .replaceAll('npx -y pnpm@12 -s hermes', `'${process.execPath}' '${ROOT}/packages/hermes/bin/hermes.mjs'`)
      // Nobody waits for so long in a test.
      .replace('--max-time 100', '--max-time 2');
    const run = ServiceProcess.run('bash', ['-c', script], {
      HERMES: `${hermes.origin}/api/v1`,
      HERMES_KEY: hermes.key,
      HERMES_HOME: hermes.home,
      HERMES_PORT: new URL(hermes.origin).port,
    });
    const timer = setTimeout(() => void run.kill(), 20_000);
    await run.exited;
    clearTimeout(timer);
    expect(run.output).toMatch(expectationsOf(recipe)[0] ?? /^$/);
  });
});

function expectationsOf(recipe: string): RegExp[] {
  return Object.entries(SHOWN)
    .filter(([part]) => recipe.includes(part))
    .map(([, shown]) => shown);
}
